import { constants, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from './algorithm.ts';
import { bytesOf } from './curve.ts';
import type { PublicKey } from './publicKey.ts';
import { isPublicKey } from './rsa.ts';

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** What stands before the point in the SubjectPublicKeyInfo of a curve. */
const ecdsaPrefixes = {
  'P-224': Buffer.from('304e301006072a8648ce3d020106052b81040021033a0004', 'hex'),
  'P-256': Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
  'P-384': Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'),
  'P-521': Buffer.from('30819b301006072a8648ce3d020106052b810400230381860004', 'hex'),
} as const;

/** The key for node:crypto; undefined for one that Go does not verify with. */
export function keyObject(key: PublicKey): KeyObject | undefined {
  switch (key.kind) {
    case 'rsa': {
      // Go verifies with no key of less than 1024 bits.
      if (!isPublicKey(key) || key.modulus < 2n ** 1023n) return undefined;
      return createPublicKey({
        key: { kty: 'RSA', n: base64url(key.modulus), e: base64url(key.exponent) },
        format: 'jwk',
      });
    }
    case 'ecdsa': {
      const { curve, x, y } = key;
      const info = Buffer.concat([ecdsaPrefixes[curve.name], bytesOf(x, curve.size), bytesOf(y, curve.size)]);
      return createPublicKey({ key: info, format: 'der', type: 'spki' });
    }
    case 'ed25519':
      return createPublicKey({ key: Buffer.concat([ed25519Prefix, key.bytes]), format: 'der', type: 'spki' });
    case 'x25519':
    case 'dsa':
      return undefined;
  }
}

function base64url(value: bigint): string {
  return bytesOf(value, Math.ceil(value.toString(16).length / 2)).toString('base64url');
}

/** Whether a certificate's signature is right; MD5 and SHA-1 are refused (Go `x509.checkSignature`). */
export function isSignedBy(
  key: PublicKey,
  algorithm: SignatureAlgorithm | undefined,
  signed: Buffer,
  signature: Buffer,
): boolean {
  if (algorithm?.key !== key.kind || algorithm.hash === 'md5' || algorithm.hash === 'sha1') return false;
  const object = keyObject(key);
  if (object === undefined) return false;
  const { hash = null, isPss } = algorithm;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify(hash, signed, isPss === true ? { key: object, ...pss } : object, signature);
}
