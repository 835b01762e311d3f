import { RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { isArray } from '../../value/value.ts';
import { decodeUtf8 } from '../go/utf8.ts';
import { readJson } from '../json/read.ts';
import { BuiltinError } from '../types.ts';
import { decodeBase64url } from './base64url.ts';

/** The three parts of a token as they are written (RFC 7515 section 7.1). */
export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** @throws BuiltinError for a text that is not three parts. */
export function splitToken(text: string): Token {
  const [header, payload, signature, ...more] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new BuiltinError('encoded JWT must have 3 sections');
  }
  return { header, payload, signature };
}

/** What is signed. */
export function signedText({ header, payload }: Token): string {
  return `${header}.${payload}`;
}

/** @throws BuiltinError for a header that is no JSON object, and for one of a token that is encrypted. */
export function readHeader({ header }: Token): RegoObject {
  const read = readObject(decodeBase64url(header));
  if (read.get('enc') !== undefined) throw new BuiltinError('JWT is a JWE object, which is not supported');
  return read;
}

/** @throws BuiltinError for bytes that are no JSON object. */
export function readObject(bytes: Buffer): RegoObject {
  const read = readJson(decodeUtf8(bytes));
  if (!(read instanceof RegoObject)) throw new BuiltinError('decoded JSON type was not an Object');
  return read;
}

/** What a header says about how to read the token; texts that it does not have are empty. */
export interface HeaderFields {
  readonly algorithm: string;
  readonly keyId: string;
  readonly contentType: string;
  /** Names that whoever reads the token must understand. */
  readonly critical: ReadonlySet<string>;
  readonly unknown: readonly string[];
}

const knownFields = ['alg', 'kid', 'typ', 'cty', 'crit'];

/** @throws BuiltinError for a field of another type than it has. */
export function readFields(header: RegoObject): HeaderFields {
  const [algorithm = '', keyId = '', , contentType = ''] = ['alg', 'kid', 'typ', 'cty'].map((name) => {
    const value = header.get(name) ?? '';
    if (typeof value !== 'string') throw new BuiltinError(`${name}: must be a string`);
    return value;
  });
  const critical = header.get('crit');
  const names = header.entries.map(([name]) => name).filter((name) => typeof name === 'string');
  return {
    algorithm,
    keyId,
    contentType,
    critical: new Set(critical === undefined ? [] : readCritical(critical)),
    unknown: names.filter((name) => !knownFields.includes(name)),
  };
}

/** The names up to the first that is none. */
function readCritical(value: Value): readonly string[] {
  if (!isArray(value)) throw new BuiltinError('crit: must be a list');
  const wrong = value.findIndex((name) => typeof name !== 'string');
  const names = value.slice(0, wrong < 0 ? value.length : wrong).filter((name) => typeof name === 'string');
  if (names.length === 0) throw new BuiltinError('crit: must be a nonempty list');
  return names;
}

/** Whether the header names an algorithm and demands nothing that we do not know (RFC 7515 section 4.1.11). */
export function isAcceptable({ algorithm, critical, unknown }: HeaderFields): boolean {
  return algorithm !== '' && !unknown.some((name) => critical.has(name));
}
