import type { Curve, Point } from './curve.ts';
import { curveOf, readPoint } from './curve.ts';
import type { DerReader, Oid } from './der.ts';
import { DerReader as Reader, malformed, rightAligned, tags } from './der.ts';

export type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: bigint; readonly exponent: bigint }
  | ({ readonly kind: 'ecdsa'; readonly curve: Curve } & Point)
  | { readonly kind: 'ed25519' | 'x25519'; readonly bytes: Buffer }
  | { readonly kind: 'dsa'; readonly p: bigint; readonly q: bigint; readonly g: bigint; readonly y: bigint };

/** An algorithm and its parameters as they are encoded; none are empty. */
export interface AlgorithmIdentifier {
  readonly algorithm: Oid;
  readonly parameters: Buffer;
}

/** Kinds of keys by the object identifier of their algorithm. */
const kinds: Readonly<Record<string, PublicKey['kind']>> = {
  '1.2.840.113549.1.1.1': 'rsa',
  '1.2.840.10040.4.1': 'dsa',
  '1.2.840.10045.2.1': 'ecdsa',
  '1.3.101.112': 'ed25519',
  '1.3.101.110': 'x25519',
};

export function keyKind({ algorithm }: AlgorithmIdentifier): PublicKey['kind'] | undefined {
  return kinds[algorithm.join('.')];
}

/** Go's `x509.PublicKeyAlgorithm`; it has no number for X25519. */
export function keyAlgorithmNumber(kind: PublicKey['kind'] | undefined): number {
  return kind === undefined ? 0 : { rsa: 1, dsa: 2, ecdsa: 3, ed25519: 4, x25519: 0 }[kind];
}

export function readAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const algorithm = reader.oid();
  return { algorithm, parameters: reader.isEmpty ? Buffer.alloc(0) : reader.any().whole };
}

const derNull = Buffer.from([tags.null, 0]);

export interface PublicKeyInfo {
  readonly algorithm: AlgorithmIdentifier;
  readonly bits: Buffer;
}

/** Reads what is inside a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). */
export function readPublicKeyInfo(reader: DerReader): PublicKeyInfo {
  const algorithm = readAlgorithm(reader.inside(tags.sequence));
  return { algorithm, bits: rightAligned(reader.bitString()) };
}

/** Reads the key itself (Go `x509.parsePublicKey`), undefined for one of an unknown algorithm. */
export function readPublicKey({ algorithm, bits }: PublicKeyInfo): PublicKey | undefined {
  const kind = keyKind(algorithm);
  switch (kind) {
    case 'rsa':
      return algorithm.parameters.equals(derNull) ? readRsa(bits) : malformed('RSA key');
    case 'ecdsa':
      return readEcdsa(algorithm.parameters, bits);
    case 'dsa':
      return readDsa(algorithm.parameters, bits);
    case 'ed25519':
    case 'x25519':
      if (algorithm.parameters.length > 0 || bits.length !== 32) malformed(`${kind} key`);
      return { kind, bytes: bits };
    case undefined:
      return undefined;
  }
}

/** An RSAPublicKey (RFC 8017 appendix A.1.1). */
export function readRsa(bits: Buffer): PublicKey {
  const key = new Reader(bits).inside(tags.sequence);
  const [modulus, exponent] = [key.integer(), key.int64()];
  return modulus > 0n && exponent > 0n ? { kind: 'rsa', modulus, exponent } : malformed('RSA key');
}

function readEcdsa(parameters: Buffer, bits: Buffer): PublicKey {
  const curve = curveOf(new Reader(parameters).oid());
  const point = curve === undefined ? undefined : readPoint(curve, bits);
  return curve === undefined || point === undefined ? malformed('ECDSA key') : { kind: 'ecdsa', curve, ...point };
}

function readDsa(parameters: Buffer, bits: Buffer): PublicKey {
  const y = new Reader(bits).integer();
  const reader = new Reader(parameters).inside(tags.sequence);
  const [p, q, g] = [reader.integer(), reader.integer(), reader.integer()] as const;
  return [y, p, q, g].every((number) => number > 0n) ? { kind: 'dsa', p, q, g, y } : malformed('DSA key');
}
