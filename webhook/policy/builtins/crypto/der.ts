import { BuiltinError } from '../types.ts';

/** Tags of DER (ITU-T X.690), class and kind included. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of an element that its context names by number; `constructed` ones hold other elements. */
export function contextTag(number: number, constructed: 'primitive' | 'constructed' = 'primitive'): number {
  return 0x80 | (constructed === 'constructed' ? 0x20 : 0) | number;
}

/** Tags from 31 on take more bytes, which cryptobyte does not read. */
const highTag = 0x1f;

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** The components of an object identifier. */
export type Oid = readonly number[];

export function malformed(what: string): never {
  throw new BuiltinError(`malformed ${what}`);
}

/**
 * Reads elements one after another, as strictly as golang.org/x/crypto/cryptobyte: the shortest form of each length and
 * number, no tags beyond 30.
 *
 * All methods throw a BuiltinError for what is not there or malformed.
 */
export class DerReader {
  readonly bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.bytes.length;
  }

  /** Whether the next element has this tag. */
  isNext(tag: number): boolean {
    return this.bytes[this.#at] === tag;
  }

  any(): Element {
    const start = this.#at;
    const { tag, contentAt, length } = this.#header();
    if (contentAt + length > this.bytes.length) malformed('length');
    this.#at = contentAt + length;
    return { tag, content: this.bytes.subarray(contentAt, this.#at), whole: this.bytes.subarray(start, this.#at) };
  }

  /** Tag and length of the next element, without what it holds. */
  #header(tagBytes = 1): { readonly tag: number; readonly contentAt: number; readonly length: number } {
    const lengthAt = this.#at + tagBytes;
    const [tag = 0, first = 0] = [this.bytes[this.#at], this.bytes[lengthAt]];
    if (lengthAt >= this.bytes.length || ((tag & highTag) === highTag && tagBytes === 1)) malformed('element');
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const contentAt = lengthAt + 1 + lengthBytes;
    if ((first >= 0x80 && lengthBytes === 0) || lengthBytes > 4 || contentAt > this.bytes.length) malformed('length');
    const length = lengthBytes === 0 ? first : this.bytes.readUIntBE(lengthAt + 1, lengthBytes);
    const isShortest = lengthBytes === 0 || (length >= 0x80 && length >= 2 ** (8 * (lengthBytes - 1)));
    return isShortest ? { tag, contentAt, length } : malformed('length');
  }

  /** Whether the next element has this tag; if not, it must still have a sound tag, of any number, and length. */
  #isNextChecked(tag: number): boolean {
    const isHigh = ((this.bytes[this.#at] ?? 0) & highTag) === highTag;
    const [number] = isHigh ? (/^[\x81-\xff]?[\x80-\xff]*[\0-\x7f]/.exec(this.#ahead()) ?? malformed('tag')) : [''];
    if (isHigh && (number.length > 5 || (number.length === 1 && number < '\x1f'))) malformed('tag');
    return this.#header(1 + number.length).tag === tag && !isHigh;
  }

  /** The next bytes after the first, as characters. */
  #ahead(): string {
    return this.bytes.toString('latin1', this.#at + 1, this.#at + 8);
  }

  element(tag: number): Element {
    if (!this.isNext(tag)) malformed(`element, wanted tag ${tag}`);
    return this.any();
  }

  /** What an element holds. */
  content(tag: number): Buffer {
    return this.element(tag).content;
  }

  /** The elements within an element. */
  inside(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  /** The elements within an element that may be missing. */
  optional(tag: number): DerReader | undefined {
    return this.isNext(tag) ? this.inside(tag) : undefined;
  }

  /** As `optional`; another element that stands there must have a sound tag and length (`encoding/asn1` looks). */
  checkedOptional(tag: number): DerReader | undefined {
    return !this.isEmpty && this.#isNextChecked(tag) ? this.inside(tag) : undefined;
  }

  /**
   * What stands within an explicit tag, as `encoding/asn1` looks for it: an element of another tag is left alone, and
   * the length of the outer tag does not count.
   */
  explicit(number: number, inner: number): Buffer | undefined {
    if (this.isEmpty || !this.#isNextChecked(contextTag(number, 'constructed'))) return undefined;
    const start = this.#at;
    const outer = this.#header();
    if (outer.length === 0) malformed('explicit tag');
    this.#at = outer.contentAt;
    if (this.#isNextChecked(inner)) return this.content(inner);
    this.#at = start;
    return undefined;
  }

  integer(tag: number = tags.integer): bigint {
    return readInteger(this.content(tag));
  }

  /** A whole number of 64 bits. */
  int64(tag: number = tags.integer): bigint {
    const value = this.integer(tag);
    return BigInt.asIntN(64, value) === value ? value : malformed('integer');
  }

  boolean(): boolean {
    const content = this.content(tags.boolean);
    return content.length === 1 && (content[0] === 0 || content[0] === 0xff)
      ? content[0] === 0xff
      : malformed('boolean');
  }

  oid(): Oid {
    return readOid(this.content(tags.oid)) ?? malformed('object identifier');
  }

  bitString(): BitString {
    return readBitString(this.content(tags.bitString));
  }
}

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
