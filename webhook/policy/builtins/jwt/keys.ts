import { DerReader, malformed, tags } from '../crypto/der.ts';
import { readCertificate } from '../crypto/certificate.ts';
import { bytesOfText } from '../crypto/input.ts';
import { decodePem } from '../crypto/pem.ts';
import type { PemBlock } from '../crypto/pem.ts';
import { readEdwards } from '../crypto/privateKey.ts';
import { readPublicKey, readPublicKeyInfo } from '../crypto/publicKey.ts';
import type { PublicKey } from '../crypto/publicKey.ts';
import { BuiltinError } from '../types.ts';
import { isTokenAlgorithm } from './algorithms.ts';
import { readJwks } from './jwk.ts';
import type { Material } from './jwk.ts';

/** A key to verify with. OPA takes private ones too, of which only some built-ins make use. */
export interface VerificationKey {
  /** Empty for any. */
  readonly algorithm: string;
  readonly keyId: string;
  readonly key:
    { readonly secret: Buffer } | { readonly publicKey: PublicKey | undefined; readonly isPrivate: boolean };
}

/**
 * Reads the keys of a certificate, of a public key in PEM, or of a JWK or a set of them.
 *
 * @throws BuiltinError
 */
export function readVerificationKeys(text: string): readonly VerificationKey[] {
  const decoded = decodePem(bytesOfText(text));
  if (decoded !== undefined) {
    if (decoded.rest !== '') throw new BuiltinError('extra data after a PEM certificate block');
    return [{ algorithm: '', keyId: '', key: { publicKey: keyOfBlock(decoded.block), isPrivate: false } }];
  }
  const keys = readJwks(text).map((jwk) => ({ jwk, key: keyOf(jwk.material) }));
  return keys
    .filter(({ jwk }) => jwk.algorithm === '' || isTokenAlgorithm(jwk.algorithm))
    .map(({ jwk: { algorithm, keyId }, key }) => ({ algorithm, keyId, key }));
}

function keyOfBlock({ type, bytes }: PemBlock): PublicKey | undefined {
  switch (type) {
    case 'CERTIFICATE':
      return readCertificate(bytes).publicKey;
    case 'PUBLIC KEY': {
      const reader = new DerReader(bytes);
      const key = readPublicKey(readPublicKeyInfo(reader.inside(tags.sequence)));
      return key === undefined || !reader.isEmpty ? malformed('public key') : key;
    }
    default:
      throw new BuiltinError('failed to extract a Key from the PEM certificate');
  }
}

function keyOf(material: Material): VerificationKey['key'] {
  switch (material.kind) {
    case 'secret':
      return { secret: material.bytes };
    case 'rsa': {
      const { n = 0n, e = 0n, p, q } = material.numbers;
      if (material.isPrivate && (p === undefined || q === undefined)) malformed('RSA private key: primes');
      return { publicKey: { kind: 'rsa', modulus: n, exponent: e }, isPrivate: material.isPrivate };
    }
    case 'ec': {
      const { curve, x, y, d } = material;
      return { publicKey: { kind: 'ecdsa', curve, x, y }, isPrivate: d !== undefined };
    }
    case 'okp':
      return { publicKey: edwardsKey(material), isPrivate: material.d !== undefined };
  }
}

/** @throws BuiltinError for a curve that Go has no code for, and for a key of Ed25519 that is not its own. */
export function edwardsKey({ curve, x, d }: Material & { kind: 'okp' }): PublicKey {
  if (curve !== 'Ed25519' && curve !== 'X25519') malformed('OKP key: curve');
  if (curve === 'X25519') return { kind: 'x25519', bytes: x };
  if (d !== undefined && !readEdwards('ed25519', d).bytes.equals(x)) malformed('OKP key: x is not of d');
  return { kind: 'ed25519', bytes: x };
}
