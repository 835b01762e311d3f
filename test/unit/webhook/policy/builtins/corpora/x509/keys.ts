import { checkPrimeSync, createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, element, explicit, integer, nothing, octets, oid, sequence } from './der.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Bytes that are the same in every run, and worth nothing to anybody. */
function bytes(name: string, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 64) }, (_, at) =>
    createHash('sha512').update(`${name} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, size);
}

function pair(der: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const publicExponent = 65_537n;

/** The first prime from a number on that goes with the public exponent. */
function primeFrom(name: string, size: number): bigint {
  let candidate = BigInt(`0x${bytes(name, size).toString('hex')}`) | 1n | (3n << BigInt(size * 8 - 2));
  while (!checkPrimeSync(candidate) || (candidate - 1n) % publicExponent === 0n) candidate += 2n;
  return candidate;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [modulus, value % modulus, 0n, 1n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % modulus) + modulus) % modulus;
}

function rsa(name: string, bitsOfModulus: number): KeyPair {
  const [p, q] = [primeFrom(`${name} p`, bitsOfModulus / 16), primeFrom(`${name} q`, bitsOfModulus / 16)];
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const numbers = [0n, p * q, publicExponent, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
  const key = sequence(...numbers.map((number) => integer(number)));
  return pair(sequence(integer(0), sequence(oid('1.2.840.113549.1.1.1'), nothing), octets(key)));
}

function ec(curve: string, size: number): KeyPair {
  const scalar = bytes(curve, size);
  // Below the order of each curve.
  scalar[0] = size === 66 ? 1 : 0x11;
  const key = sequence(integer(1), octets(scalar));
  return withPublicPoint(
    pair(sequence(integer(0), sequence(oid('1.2.840.10045.2.1'), oid(curve)), octets(key))),
    scalar,
    curve,
  );
}

/** OpenSSL works out the point; the key then carries it, as keys do. */
function withPublicPoint({ publicKey }: KeyPair, scalar: Buffer, curve: string): KeyPair {
  const info = publicKey.export({ format: 'der', type: 'spki' });
  const point = info.subarray(info.length - (1 + 2 * scalar.length));
  const key = sequence(integer(1), octets(scalar), explicit(1, bits(point)));
  return pair(sequence(integer(0), sequence(oid('1.2.840.10045.2.1'), oid(curve)), octets(key)));
}

function edwards(algorithm: string, size: number): KeyPair {
  return pair(sequence(integer(0), sequence(oid(algorithm)), octets(element(0x04, bytes(algorithm, size)))));
}

/** One key of each kind that a certificate may have. */
export const keys = {
  rsa: rsa('rsa', 1024),
  weakRsa: rsa('weak', 768),
  p224: ec('1.3.132.0.33', 28),
  p256: ec('1.2.840.10045.3.1.7', 32),
  p384: ec('1.3.132.0.34', 48),
  p521: ec('1.3.132.0.35', 66),
  k256: ec('1.3.132.0.10', 32),
  ed25519: edwards('1.3.101.112', 32),
  ed448: edwards('1.3.101.113', 57),
  x25519: edwards('1.3.101.110', 32),
} as const satisfies Readonly<Record<string, KeyPair>>;

export type KeyName = keyof typeof keys;
