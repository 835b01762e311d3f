import { BuiltinError } from '../types.ts';

const paddedPattern = /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/;

/**
 * Decodes base64url as OPA's `base64url.decode` does: padding may be missing, ends of lines may stand anywhere.
 *
 * @throws BuiltinError for any other text.
 */
export function decodeBase64url(text: string): Buffer {
  const missing = text.endsWith('=') ? 0 : (4 - (Buffer.byteLength(text) % 4)) % 4;
  const digits = `${text}${'='.repeat(missing)}`.replaceAll(/[\r\n]/g, '');
  if (missing === 3 || !paddedPattern.test(digits)) throw new BuiltinError('illegal base64url string');
  return Buffer.from(digits, 'base64url');
}

/** Patterns of base64 by alphabet and padding, of which the text itself tells which one it is in. */
const patterns = {
  url: /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/,
  rawUrl: /^(?:[\w-]{4})*(?:[\w-]{2,3})?$/,
  standard: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  rawStandard: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/,
} as const;

/** Decodes the number of a JWK, in whichever base64 it is (github.com/lestrrat-go/jwx); undefined for other texts. */
export function decodeAnyBase64(text: string): Buffer | undefined {
  const [isPadded, isStandard] = [text.endsWith('='), /[+/]/.test(text)];
  const name = isStandard ? (isPadded ? 'standard' : 'rawStandard') : isPadded ? 'url' : 'rawUrl';
  const digits = text.replaceAll(/[\r\n]/g, '');
  return patterns[name].test(digits) ? Buffer.from(digits, 'base64url') : undefined;
}
