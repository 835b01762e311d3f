import { createPrivateKey, createPublicKey } from 'node:crypto';
import { BuiltinError } from '../types.ts';
import { curveOf, publicPoint } from './curve.ts';
import type { Curve, Point } from './curve.ts';
import { DerReader, malformed, readBitString, readOid, tags, unsigned } from './der.ts';
import type { Oid } from './der.ts';
import type { PemBlock } from './pem.ts';
import { keyKind, readAlgorithm } from './publicKey.ts';
import { readRsaPrivateKey } from './rsa.ts';
import type { RsaPrivateKey } from './rsa.ts';

export type PrivateKey =
  | RsaPrivateKey
  | ({ readonly kind: 'ecdsa'; readonly curve: Curve; readonly scalar: bigint } & Point)
  /** `seed` is the private key, `bytes` the public one. */
  | { readonly kind: 'ed25519' | 'x25519'; readonly seed: Buffer; readonly bytes: Buffer };

/** Reads the private keys among blocks of PEM, by the types that OPA knows; other blocks are passed over. */
export function readPrivateKeys(blocks: readonly PemBlock[]): readonly PrivateKey[] {
  return blocks.flatMap(({ type, bytes }) => {
    switch (type) {
      case 'RSA PRIVATE KEY':
        return [readRsaPrivateKey(bytes)];
      case 'PRIVATE KEY':
        return [readPkcs8(bytes)];
      case 'EC PRIVATE KEY':
        return [readEcPrivateKey(bytes)];
      default:
        return [];
    }
  });
}

/** Reads a private key in whichever of the three formats it is (Go `tls.parsePrivateKey`). */
export function readAnyPrivateKey(der: Buffer): PrivateKey {
  for (const read of [readRsaPrivateKey, readPkcs8, readEcPrivateKey]) {
    try {
      const key = read(der);
      return key.kind === 'x25519' ? malformed('private key') : key;
    } catch (error) {
      // Another format may fit.
      if (!(error instanceof BuiltinError)) throw error;
    }
  }
  return malformed('private key');
}

/** A key of any kind in its envelope (RFC 5958). */
function readPkcs8(der: Buffer): PrivateKey {
  const reader = new DerReader(der).inside(tags.sequence);
  reader.int64();
  const algorithm = readAlgorithm(reader.inside(tags.sequence));
  const key = reader.content(tags.octetString);
  const kind = keyKind(algorithm);
  switch (kind) {
    case 'rsa':
      return readRsaPrivateKey(key);
    case 'ecdsa':
      return readEcPrivateKey(key, readCurveOid(algorithm.parameters));
    case 'ed25519':
    case 'x25519':
      if (algorithm.parameters.length > 0) malformed(`${kind} private key`);
      return readEdwards(kind, new DerReader(key).content(tags.octetString));
    case 'dsa':
    case undefined:
      return malformed('private key: unknown algorithm');
  }
}

/** The curve that the envelope names; without one, the key itself names it. */
function readCurveOid(parameters: Buffer): Oid | undefined {
  const reader = new DerReader(parameters);
  return reader.isNext(tags.oid) ? reader.oid() : undefined;
}

/** An ECPrivateKey (RFC 5915); zeros before the number may be too many or missing. */
function readEcPrivateKey(der: Buffer, named?: Oid): PrivateKey {
  const reader = new DerReader(der).inside(tags.sequence);
  if (reader.int64() !== 1n) malformed('EC private key: version');
  const bytes = reader.content(tags.octetString);
  const written = reader.explicit(0, tags.oid);
  const ownOid = written === undefined ? undefined : (readOid(written) ?? malformed('EC private key: curve'));
  const carried = reader.explicit(1, tags.bitString);
  if (carried !== undefined) readBitString(carried);
  const oid = named ?? ownOid;
  const curve = oid === undefined ? undefined : curveOf(oid);
  if (curve === undefined) malformed('EC private key: curve');
  const scalar = unsigned(bytes);
  // The point that the key may carry is not looked at.
  const computed = publicPoint(curve, scalar);
  return computed === undefined ? malformed('EC private key') : { kind: 'ecdsa', curve, scalar, ...computed };
}

/** What stands before the 32 bytes of a key in its envelope. */
const envelopes = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const;

export function readEdwards(kind: 'ed25519' | 'x25519', seed: Buffer): PrivateKey {
  if (seed.length !== 32) malformed(`${kind} private key`);
  const key = createPrivateKey({ key: Buffer.concat([envelopes[kind], seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { kind, seed, bytes: Buffer.from(x, 'base64url') };
}
