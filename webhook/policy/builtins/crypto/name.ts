import { isUtf8 } from 'node:buffer';
import type { DerReader, Element, Oid } from './der.ts';
import { malformed, readInteger, tags } from './der.ts';

/** What an attribute of a name is worth; `null` for a type that Go does not read. */
export type AttributeValue = string | bigint | boolean | Buffer | null;

export interface Attribute {
  readonly type: Oid;
  readonly value: AttributeValue;
}

/** A distinguished name, its sets of attributes one after another. */
export type DistinguishedName = readonly Attribute[];

/** Reads a name of a certificate: its values are strings, anything else is refused (Go `x509.parseName`). */
export function readName(reader: DerReader): DistinguishedName {
  return readSets(reader, (element) => readString(element) ?? malformed('attribute value'));
}

/** Reads a name of a request, whose values Go reads by a more lenient parser (`encoding/asn1`). */
export function readLenientName(reader: DerReader): DistinguishedName {
  return readSets(reader, readAttributeValue);
}

function readSets(reader: DerReader, readValue: (element: Element) => AttributeValue): DistinguishedName {
  const attributes: Attribute[] = [];
  while (!reader.isEmpty) {
    const set = reader.inside(tags.set);
    while (!set.isEmpty) {
      const attribute = set.inside(tags.sequence);
      attributes.push({ type: attribute.oid(), value: readValue(attribute.any()) });
    }
  }
  return attributes;
}

const printable = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/;

/** A string of one of the types that certificates have; undefined for another type. */
function readString({ tag, content }: Element): string | undefined {
  switch (tag) {
    case tags.t61String:
      return content.toString('latin1');
    case tags.printableString:
      return matching(content, printable);
    case tags.numericString:
      return matching(content, /^[0-9 ]*$/);
    case tags.ia5String:
      return readAscii(content);
    case tags.utf8String:
      return isUtf8(content) ? content.toString() : malformed('UTF8String');
    case tags.bmpString:
      return readBmp(content);
    default:
      return undefined;
  }
}

function matching(content: Buffer, pattern: RegExp): string {
  const text = content.toString('latin1');
  return pattern.test(text) ? text : malformed('string');
}

/** ASCII, as an IA5String has it. */
export function readAscii(content: Buffer): string {
  return matching(content, /^[\0-\x7f]*$/);
}

/** Two bytes per character; a last character of zero is left out, surrogates and non-characters are refused. */
function readBmp(content: Buffer): string {
  if (content.length % 2 !== 0) malformed('BMPString');
  const units = Array.from({ length: content.length / 2 }, (_, at) => content.readUInt16BE(at * 2));
  const text = String.fromCharCode(...(units.at(-1) === 0 ? units.slice(0, -1) : units));
  return /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(text) ? malformed('BMPString') : text;
}

/** A value of any type, as `encoding/asn1` reads it into an `interface{}`; what it does not know becomes null. */
export function readAttributeValue(element: Element): AttributeValue {
  const { tag, content } = element;
  switch (tag) {
    case tags.boolean:
      return content.length === 1 && (content[0] === 0 || content[0] === 0xff)
        ? content[0] === 0xff
        : malformed('boolean');
    case tags.integer: {
      const value = readInteger(content);
      return BigInt.asIntN(64, value) === value ? value : malformed('integer');
    }
    case tags.octetString:
      return content;
    default:
      return readString(element) ?? null;
  }
}
