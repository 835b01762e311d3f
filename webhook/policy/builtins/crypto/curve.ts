import { createECDH } from 'node:crypto';
import { unsigned } from './der.ts';
import type { Oid } from './der.ts';

/** A curve over a prime field with a = -3 (FIPS 186-4 appendix D.1.2). */
export interface Curve {
  /** As JWK names it, where it has a name for it. */
  readonly name: 'P-224' | 'P-256' | 'P-384' | 'P-521';
  /** As OpenSSL names it. */
  readonly openSslName: string;
  readonly oid: string;
  /** Bytes of a coordinate. */
  readonly size: number;
  readonly prime: bigint;
  readonly b: bigint;
  readonly order: bigint;
}

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

export const curves: readonly Curve[] = [
  {
    name: 'P-224',
    openSslName: 'secp224r1',
    oid: '1.3.132.0.33',
    size: 28,
    prime: 2n ** 224n - 2n ** 96n + 1n,
    b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
    order: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  },
  {
    name: 'P-256',
    openSslName: 'prime256v1',
    oid: '1.2.840.10045.3.1.7',
    size: 32,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    name: 'P-384',
    openSslName: 'secp384r1',
    oid: '1.3.132.0.34',
    size: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    name: 'P-521',
    openSslName: 'secp521r1',
    oid: '1.3.132.0.35',
    size: 66,
    prime: 2n ** 521n - 1n,
    b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
];

export function curveOf(oid: Oid): Curve | undefined {
  const name = oid.join('.');
  return curves.find((curve) => curve.oid === name);
}

export function isOnCurve({ prime, b }: Curve, { x, y }: Point): boolean {
  return x < prime && y < prime && (y * y - (x * x * x - 3n * x + b)) % prime === 0n;
}

/** Reads a point that is not compressed: 4, x and y (SEC 1 section 2.3.4); undefined for one that is not on the curve. */
export function readPoint(curve: Curve, bytes: Buffer): Point | undefined {
  if (bytes.length !== 1 + 2 * curve.size || bytes[0] !== 4) return undefined;
  const point = { x: unsigned(bytes.subarray(1, 1 + curve.size)), y: unsigned(bytes.subarray(1 + curve.size)) };
  return isOnCurve(curve, point) ? point : undefined;
}

/** The public point of a private number between 0 and the order of the curve. */
export function publicPoint(curve: Curve, scalar: bigint): Point | undefined {
  if (scalar <= 0n || scalar >= curve.order) return undefined;
  const ecdh = createECDH(curve.openSslName);
  ecdh.setPrivateKey(bytesOf(scalar, curve.size));
  return readPoint(curve, ecdh.getPublicKey());
}

/** A number in so many bytes. */
export function bytesOf(value: bigint, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex');
}
