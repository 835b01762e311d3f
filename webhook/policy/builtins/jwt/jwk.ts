import { isArray, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { decodeBase64 } from '../crypto/base64.ts';
import { readCertificate } from '../crypto/certificate.ts';
import { curves, isOnCurve } from '../crypto/curve.ts';
import type { Curve } from '../crypto/curve.ts';
import { unsigned } from '../crypto/der.ts';
import { readJson } from '../json/read.ts';
import { BuiltinError } from '../types.ts';
import { decodeAnyBase64 } from './base64url.ts';
import { isJwkAlgorithm } from './algorithms.ts';

/** A key of a set, its numbers still bytes; `d` is there in private keys. */
export interface Jwk {
  /** Empty where the key does not say. */
  readonly algorithm: string;
  readonly keyId: string;
  readonly material: Material;
}

export type Material =
  | { readonly kind: 'secret'; readonly bytes: Buffer }
  | { readonly kind: 'rsa'; readonly numbers: Readonly<Partial<Record<RsaName, bigint>>>; readonly isPrivate: boolean }
  | {
      readonly kind: 'ec';
      readonly curve: Curve;
      readonly x: bigint;
      readonly y: bigint;
      readonly d: bigint | undefined;
    }
  | { readonly kind: 'okp'; readonly curve: string; readonly x: Buffer; readonly d: Buffer | undefined };

const rsaNames = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
export type RsaName = (typeof rsaNames)[number];

function invalid(what: string): never {
  throw new BuiltinError(`JWK: ${what}`);
}

/** However large a set is, no more keys are read. */
const mostKeys = 1_000;

/**
 * Reads a key or a set of keys (RFC 7517) as github.com/lestrrat-go/jwx does: one key that is not sound spoils the set.
 *
 * @throws BuiltinError
 */
export function readJwks(text: string): readonly Jwk[] {
  const read = readJson(text);
  if (!(read instanceof RegoObject)) invalid('no object');
  const keys = read.get('keys');
  if (keys === undefined) return [readJwk(read)];
  if (!isArray(keys) || keys.length > mostKeys) invalid('"keys" must be an array, and not too long');
  return keys.map(readJwk);
}

function readJwk(key: Value): Jwk {
  if (!(key instanceof RegoObject)) invalid('no object');
  const fields = new Fields(key);
  fields.checkCommon();
  const algorithm = fields.has('alg') ? fields.text('alg') : '';
  if (fields.has('alg') && !isJwkAlgorithm(algorithm)) invalid('unknown "alg"');
  return { algorithm, keyId: fields.text('kid'), material: readMaterial(fields) };
}

/** The fields of a key. A text may also be null, which is an empty one. */
class Fields {
  readonly #key: RegoObject;

  constructor(key: RegoObject) {
    this.#key = key;
  }

  has(name: string): boolean {
    return this.#key.get(name) !== undefined;
  }

  /** As Go matches the names of fields: in any case. */
  hasAnyCase(name: string): boolean {
    return this.#anyCase(name) !== undefined;
  }

  textAnyCase(name: string): string {
    return this.#text(this.#key.get(name) ?? this.#anyCase(name) ?? null, name);
  }

  text(name: string): string {
    return this.#text(this.#key.get(name) ?? null, name);
  }

  bytes(name: string): Buffer | undefined {
    if (!this.has(name)) return undefined;
    return decodeAnyBase64(this.text(name)) ?? invalid(`"${name}" must be base64`);
  }

  /** Fields that do not matter here, but must be of their types. */
  checkCommon(): void {
    for (const name of ['use', 'kid', 'x5t', 'x5t#S256', 'x5u']) this.text(name);
    const operations = this.#key.get('key_ops');
    if (operations !== undefined) checkOperations(operations);
    const chain = this.#key.get('x5c');
    if (chain !== undefined) checkChain(chain);
  }

  #anyCase(name: string): Value | undefined {
    const found = this.#key.entries.findLast(([key]) => typeof key === 'string' && key.toLowerCase() === name);
    return found?.[1];
  }

  #text(value: Value, name: string): string {
    if (value === null) return '';
    return typeof value === 'string' ? value : invalid(`"${name}" must be a string`);
  }
}

const keyOperations = ['sign', 'verify', 'encrypt', 'decrypt', 'wrapKey', 'unwrapKey', 'deriveKey', 'deriveBits'];

function checkOperations(value: Value): void {
  const list = typeof value === 'string' ? [value] : value;
  const isKnown = isArray(list) && list.every((name) => typeof name === 'string' && keyOperations.includes(name));
  if (!isKnown) invalid('"key_ops" must be a list of operations');
}

function checkChain(value: Value): void {
  if (!isArray(value)) invalid('"x5c" must be an array');
  for (const text of value) {
    const der = typeof text === 'string' ? decodeBase64(text.replaceAll(/[ \t\v\f]/g, '')) : undefined;
    readCertificate(der ?? invalid('"x5c" must hold certificates'));
  }
}

function readMaterial(fields: Fields): Material {
  const type = fields.textAnyCase('kty');
  const isPrivate = fields.hasAnyCase('d');
  switch (type) {
    case 'oct':
      return readSecret(fields);
    case 'RSA':
      return readRsa(fields, isPrivate);
    case 'EC':
      return readEc(fields, isPrivate);
    case 'OKP':
      return readOkp(fields, isPrivate);
    default:
      return invalid(`invalid key type ${type}`);
  }
}

function readSecret(fields: Fields): Material {
  const bytes = fields.bytes('k');
  return bytes === undefined || bytes.length === 0 ? invalid('missing "k"') : { kind: 'secret', bytes };
}

function readRsa(fields: Fields, isPrivate: boolean): Material {
  const names = isPrivate ? rsaNames : (['n', 'e'] as const);
  const read = names.map((name) => [name, fields.bytes(name)] as const);
  const numbers: Partial<Record<RsaName, bigint>> = {};
  for (const [name, bytes] of read) if (bytes !== undefined) numbers[name] = unsigned(bytes);
  const { n = 0n, e = 0n } = numbers;
  const isSound = n > 0n && e % 2n === 1n && e < 2n ** 63n && (!isPrivate || (fields.bytes('d')?.length ?? 0) > 0);
  return isSound ? { kind: 'rsa', numbers, isPrivate } : invalid('RSA key');
}

function readEc(fields: Fields, isPrivate: boolean): Material {
  const name = fields.text('crv');
  const curve = name === 'P-224' ? undefined : curves.find((known) => known.name === name);
  const [x, y, d] = ['x', 'y', 'd'].map((number) => fields.bytes(number));
  if (curve === undefined || x?.length !== curve.size || y?.length !== curve.size) invalid('EC key');
  if (isPrivate && d?.length !== curve.size) invalid('EC private key');
  const point = { x: unsigned(x), y: unsigned(y) };
  if (!isOnCurve(curve, point)) invalid('EC key: not on the curve');
  return { kind: 'ec', curve, ...point, d: isPrivate && d !== undefined ? unsigned(d) : undefined };
}

/** Sizes of keys by curve; of those that Go has no code for, any size is read. */
const okpSizes: Readonly<Record<string, number | undefined>> = {
  Ed25519: 32,
  X25519: 32,
  Ed448: undefined,
  X448: undefined,
};

function readOkp(fields: Fields, isPrivate: boolean): Material {
  const curve = fields.text('crv');
  const [x, d] = [fields.bytes('x'), fields.bytes('d')];
  const knownCurves = [...Object.keys(okpSizes), 'P-256', 'P-384', 'P-521'];
  if (!knownCurves.includes(curve) || x === undefined) invalid('OKP key');
  const size = okpSizes[curve];
  const isSized = (bytes: Buffer | undefined) =>
    bytes !== undefined && bytes.length > 0 && (size ?? bytes.length) === bytes.length;
  if (!isSized(x) || (isPrivate && !isSized(d))) invalid('OKP key: size');
  return { kind: 'okp', curve, x, d: isPrivate ? d : undefined };
}
