import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto';
import type { Curve } from '../crypto/curve.ts';
import { bytesOf } from '../crypto/curve.ts';
import { unsigned } from '../crypto/der.ts';
import type { PublicKey } from '../crypto/publicKey.ts';
import { keyObject } from '../crypto/signature.ts';
import { headerAlgorithm } from './algorithms.ts';
import type { Algorithm } from './algorithms.ts';
import type { VerificationKey } from './keys.ts';

/**
 * How strictly a signature is read. OPA's older built-ins take a salt of any length and halves of an ECDSA signature of
 * any size, but no private keys; `io.jwt.decode_verify` is the other way round.
 */
export type Strictness = 'exact' | 'tolerant';

export function isMac(hash: string, secret: Buffer | string, signed: string, signature: Buffer): boolean {
  const expected = createHmac(hash, secret).update(signed).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

/** Whether a signature is of the key, by the algorithm that was asked for. */
export function isSignature(
  { family, hash }: Algorithm,
  key: PublicKey,
  signed: string,
  signature: Buffer,
  strictness: Strictness,
): boolean {
  const kind = { hmac: undefined, rsa: 'rsa', pss: 'rsa', ecdsa: 'ecdsa', eddsa: 'ed25519' }[family];
  const object = key.kind === kind ? keyObject(key) : undefined;
  if (object === undefined) return false;
  const content = Buffer.from(signed);
  if (family === 'pss') {
    const saltLength = strictness === 'exact' ? constants.RSA_PSS_SALTLEN_DIGEST : constants.RSA_PSS_SALTLEN_AUTO;
    return verify(hash, content, { key: object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
  }
  if (key.kind !== 'ecdsa') return verify(hash, content, object, signature);
  const halves = ecdsaSignature(key.curve, signature, strictness);
  return halves !== undefined && verify(hash, content, { key: object, dsaEncoding: 'ieee-p1363' }, halves);
}

/** The two numbers of a signature, each of the size of the curve; undefined where they are too large. */
function ecdsaSignature({ size }: Curve, signature: Buffer, strictness: Strictness): Buffer | undefined {
  if (strictness === 'exact') return signature.length === 2 * size ? signature : undefined;
  const half = Math.floor(signature.length / 2);
  const numbers = [unsigned(signature.subarray(0, half)), unsigned(signature.subarray(half))];
  if (numbers.some((number) => number >= 2n ** BigInt(8 * size))) return undefined;
  return Buffer.concat(numbers.map((number) => bytesOf(number, size)));
}

/** Whether a key verifies a token by the algorithm that its header names (`io.jwt.decode_verify`). */
export function isVerifiedBy({ key }: VerificationKey, name: string, signed: string, signature: Buffer): boolean {
  const algorithm = headerAlgorithm(name);
  if (algorithm === undefined) return false;
  if ('secret' in key) {
    return (
      algorithm.family === 'hmac' && algorithm.hash !== null && isMac(algorithm.hash, key.secret, signed, signature)
    );
  }
  return key.publicKey !== undefined && isSignature(algorithm, key.publicKey, signed, signature, 'exact');
}

/**
 * Whether any of the keys verifies a token: the one whose identifier the token names, where there is one, else any
 * that is for the token's algorithm or for all.
 */
export function isVerifiedByAny(
  keys: readonly VerificationKey[],
  { keyId, algorithm }: { readonly keyId: string; readonly algorithm: string },
  verifies: (key: VerificationKey) => boolean,
): boolean {
  const named = keyId === '' ? undefined : keys.find((key) => key.keyId === keyId);
  if (named !== undefined) return verifies(named);
  return keys.some((key) => (key.algorithm === '' || key.algorithm === algorithm) && verifies(key));
}
