import { BuiltinError } from '../types.ts';

/**
 * Texts here are bytes: each character is one byte of UTF-8, as `latin1` has it. What is unescaped need not be UTF-8
 * until it is put together.
 */
export type Bytes = string;

export function toBytes(text: string): Bytes {
  return Buffer.from(text).toString('latin1');
}

/** Bytes that are no UTF-8 become U+FFFD. */
export function fromBytes(bytes: Bytes): string {
  return Buffer.from(bytes, 'latin1').toString();
}

/** The parts of a URL, each with characters of its own that need no escape (Go `net/url`, RFC 3986). */
export type Part = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

const plain: Readonly<Record<Part, RegExp>> = {
  path: /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  host: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  zone: /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/,
  user: /[A-Za-z0-9\-_.~$&+,;=]/,
  query: /[A-Za-z0-9\-_.~]/,
  fragment: /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/,
};

/** Escapes what may not stand in a part; in a query, a space becomes `+`. */
export function escapeBytes(bytes: Bytes, part: Part): Bytes {
  const isPlain = plain[part];
  return bytes.replace(/[^A-Za-z0-9]/g, (byte) => {
    if (isPlain.test(byte)) return byte;
    if (byte === ' ' && part === 'query') return '+';
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/**
 * Undoes escapes. In a host only what is not ASCII may be escaped, in a zone what a host may hold, or a space.
 *
 * @throws BuiltinError for an escape without two hexadecimal digits, or a character that the part may not hold.
 */
export function unescapeBytes(bytes: Bytes, part: Part): Bytes {
  const isHost = part === 'host' || part === 'zone';
  return bytes.replace(/%([0-9A-Fa-f]{2})?|\+|[\0-\x7f]/g, (text: string, digits?: string) => {
    if (text === '+') return part === 'query' ? ' ' : '+';
    if (!text.startsWith('%')) {
      if (isHost && !plain[part].test(text)) throw new BuiltinError('invalid character in host name');
      return text;
    }
    const byte = digits === undefined ? undefined : String.fromCharCode(Number.parseInt(digits, 16));
    if (byte === undefined || !mayBeEscaped(byte, part)) throw new BuiltinError('invalid URL escape');
    return byte;
  });
}

function mayBeEscaped(byte: Bytes, part: Part): boolean {
  if (byte === '%') return true;
  if (part === 'host') return byte >= '\x80';
  return part !== 'zone' || byte === ' ' || plain.host.test(byte);
}
