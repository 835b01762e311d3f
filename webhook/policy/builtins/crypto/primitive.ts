import { malformed } from './malformed.ts';

/** The components of an object identifier. */
export type Oid = readonly number[];

export interface BitString {
  readonly bytes: Buffer;
  /** Bits of the last byte that do not count; they are zero. */
  readonly unused: number;
}

export function readBitString(content: Buffer): BitString {
  const [unused, ...rest] = content;
  const last = rest.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (rest.length === 0 && unused !== 0)) malformed('bit string');
  if ((last & ((1 << unused) - 1)) !== 0) malformed('bit string');
  return { bytes: content.subarray(1), unused };
}

/** The bits as a number whose last bit is the last of the string (Go `BitString.RightAlign`). */
export function rightAligned({ bytes, unused }: BitString): Buffer {
  if (unused === 0) return bytes;
  return Buffer.from(bytes.map((byte, at) => (((bytes[at - 1] ?? 0) << (8 - unused)) | (byte >> unused)) & 0xff));
}

/** Two's complement, in as few bytes as it takes. */
export function readInteger(content: Buffer): bigint {
  const [first, second = 0] = content;
  if (first === undefined) malformed('integer');
  const isPadded = content.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  return isPadded ? malformed('integer') : BigInt.asIntN(content.length * 8, unsigned(content));
}

export function unsigned(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** Components of up to 31 bits, each in as few bytes as it takes. */
export function readOid(content: Buffer): Oid | undefined {
  const components: number[] = [];
  let [value, length] = [0, 0];
  for (const byte of content) {
    if ((length === 0 && byte === 0x80) || value >= 2 ** 24) return undefined;
    value = value * 128 + (byte & 0x7f);
    length = byte < 0x80 ? 0 : length + 1;
    if (length > 0) continue;
    if (components.length > 0) components.push(value);
    else if (value < 80) components.push(Math.floor(value / 40), value % 40);
    else components.push(2, value - 80);
    value = 0;
  }
  return length === 0 && components.length > 0 ? components : undefined;
}

/** `1.2.840` of the bytes of an object identifier, with components of any size (Go `x509.OID.String`). */
export function writeOid(content: Buffer): string {
  const components: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    if (components.length > 0) components.push(value);
    else if (value < 80n) components.push(value / 40n, value % 40n);
    else components.push(2n, value - 80n);
    value = 0n;
  }
  return components.join('.');
}
