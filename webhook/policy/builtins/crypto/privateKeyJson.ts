import type { Value } from '../../value/value.ts';
import { integerValue } from '../operands.ts';
import { bytesOf } from './curve.ts';
import { malformed } from './der.ts';
import { base64, publicKeyFields, struct } from './json.ts';
import type { PrivateKey } from './privateKey.ts';
import { invert } from './rsa.ts';
import type { RsaPrivateKey } from './rsa.ts';

/** What Go's `encoding/json` makes of a private key. */
export function writePrivateKey(key: PrivateKey): Value {
  switch (key.kind) {
    case 'rsa':
      return writeRsa(key);
    case 'ecdsa':
      return struct({ ...publicKeyFields(key), D: integerValue(key.scalar) });
    case 'ed25519':
      return base64(Buffer.concat([key.seed, key.bytes]));
    case 'x25519':
      return struct({});
  }
}

function writeRsa(key: RsaPrivateKey): Value {
  const [dp, dq, qInverse] = key.remainders;
  return struct({
    ...publicKeyFields(key),
    D: integerValue(key.privateExponent),
    Primes: key.primes.map(integerValue),
    Precomputed: struct({
      Dp: integerValue(dp),
      Dq: integerValue(dq),
      Qinv: integerValue(qInverse),
      CRTValues: writeFurtherPrimes(key),
    }),
  });
}

/** What Go computes for the third prime and those after it; an empty list where there are only two. */
function writeFurtherPrimes({ primes, privateExponent }: RsaPrivateKey): Value {
  return primes.slice(2).map((prime, at) => {
    const product = primes.slice(0, at + 2).reduce((a, b) => a * b, 1n);
    return struct({
      Exp: integerValue(privateExponent % (prime - 1n)),
      Coeff: integerValue(invert(product, prime) ?? malformed('RSA private key: primes')),
      R: integerValue(product),
    });
  });
}

function base64url(value: bigint, size?: number): string {
  const digits = value.toString(16);
  return bytesOf(value, size ?? Math.ceil(digits.length / 2)).toString('base64url');
}

/** The key as a JWK (RFC 7517), as github.com/lestrrat-go/jwx makes it. */
export function writeJwk(key: PrivateKey): Value {
  switch (key.kind) {
    case 'rsa':
      return writeRsaJwk(key);
    case 'ecdsa': {
      const { name, size } = key.curve;
      if (name === 'P-224') malformed('JWK: no name for the curve');
      const [x, y, d] = [key.x, key.y, key.scalar].map((number) => base64url(number, size)) as [string, string, string];
      return struct({ kty: 'EC', crv: name, x, y, d });
    }
    case 'ed25519':
    case 'x25519':
      return struct({
        kty: 'OKP',
        crv: key.kind === 'ed25519' ? 'Ed25519' : 'X25519',
        x: key.bytes.toString('base64url'),
        d: key.seed.toString('base64url'),
      });
  }
}

function writeRsaJwk({ modulus, exponent, privateExponent, primes, remainders }: RsaPrivateKey): Value {
  if (primes.length > 2) malformed('JWK: more than two primes');
  const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
  const numbers = [modulus, exponent, privateExponent, ...primes, ...remainders];
  const entries = names.map((name, at) => [name, base64url(numbers[at] ?? 0n)]);
  return struct({ kty: 'RSA', ...(Object.fromEntries(entries) as Record<string, string>) });
}
