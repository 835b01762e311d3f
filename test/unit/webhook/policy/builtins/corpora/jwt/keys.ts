import type { KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { commonName, makeCertificate, pem, utcTime } from '../x509/certificate.ts';
import { keys } from '../x509/keys.ts';
import type { KeyName } from '../x509/keys.ts';

type Fields = Readonly<Record<string, unknown>>;

export const keyNames = ['rsa', 'weakRsa', 'p224', 'p256', 'p384', 'p521', 'ed25519', 'x25519'] as const;

/** OpenSSL has no JWK of P-224, nor has OPA. */
const jwkNames = keyNames.filter((key) => key !== 'p224');

function jwk(key: KeyObject): Fields {
  return { ...key.export({ format: 'jwk' }) };
}

export const secret: Fields = { kty: 'oct', k: Buffer.from('a secret').toString('base64url') };

export const privateJwks: Readonly<Record<string, Fields>> = {
  ...Object.fromEntries(jwkNames.map((key) => [key, jwk(keys[key].privateKey)])),
  secret,
};

export const publicJwks: Readonly<Record<string, Fields>> = Object.fromEntries(
  jwkNames.map((key) => [key, jwk(keys[key].publicKey)]),
);

/** What may be wrong or odd about one key. */
export const changes: readonly ((key: Fields) => Fields)[] = [
  (key) => ({ ...key, kty: 'EC' }),
  (key) => ({ ...key, kty: 'nonsense' }),
  (key) => ({ ...key, kty: null }),
  ({ kty, ...key }) => ({ ...key, KTY: kty }),
  (key) => ({ ...key, alg: 'RS256' }),
  (key) => ({ ...key, alg: 'ES256' }),
  (key) => ({ ...key, alg: 'ES256K' }),
  (key) => ({ ...key, alg: 'A128KW' }),
  (key) => ({ ...key, alg: 'nonsense' }),
  (key) => ({ ...key, alg: null }),
  (key) => ({ ...key, kid: 5 }),
  (key) => ({ ...key, kid: null, use: 'anything', other: { a: [1] } }),
  (key) => ({ ...key, key_ops: ['verify', 'sign'] }),
  (key) => ({ ...key, key_ops: ['nonsense'] }),
  (key) => ({ ...key, key_ops: 'verify' }),
  (key) => ({ ...key, key_ops: null }),
  (key) => ({ ...key, x5t: 'x', 'x5t#S256': 'x', x5u: 'x', x5c: [] }),
  (key) => ({ ...key, x5c: ['AAAA'] }),
  (key) => ({ ...key, x5c: 'AAAA' }),
  (key) => ({ ...key, d: null }),
  (key) => ({ ...key, d: '' }),
  (key) => ({ ...key, d: 'AQ' }),
  (key) => ({ ...key, D: 'AQ' }),
  (key) => ({ ...key, x: 'AQ' }),
  (key) => ({ ...key, y: 'AQ' }),
  (key) => ({ ...key, crv: 'P-256' }),
  (key) => ({ ...key, crv: 'Ed448' }),
  (key) => ({ ...key, crv: 'Ed25519' }),
  (key) => ({ ...key, e: 'Ag' }),
  (key) => ({ ...key, e: 'AQ' }),
  (key) => ({ ...key, e: '' }),
  (key) => ({ ...key, e: '////////////' }),
  (key) => ({ ...key, e: 'AAEAAQ==' }),
  (key) => ({ ...key, e: 'AQ\r\nAB' }),
  (key) => ({ ...key, n: 'AQ' }),
  (key) => ({ ...key, n: '!' }),
  (key) => ({ ...key, n: 1 }),
  ({ p: _, ...key }) => key,
  ({ dp: _, ...key }) => key,
  (key) => ({ ...key, q: key['p'] }),
  (key) => ({ ...key, qi: 'AQ' }),
  ({ x: _, ...key }) => key,
  ({ k: _, ...key }) => key,
  (key) => ({ ...key, k: '' }),
];

/** Keys of a set, each possibly changed and with an identifier. */
export function keySet(of: Readonly<Record<string, Fields>>): fc.Arbitrary<readonly Fields[]> {
  const identifier = fc.constantFrom(undefined, undefined, 'one', 'two', '');
  const key = fc
    .tuple(fc.constantFrom(...Object.keys(of)), identifier, fc.option(fc.constantFrom(...changes), { freq: 2 }))
    .map(([name, kid, change]) => {
      const named = kid === undefined ? of[name]! : { ...of[name]!, kid };
      return change === null ? named : change(named);
    });
  return fc.array(key, { minLength: 0, maxLength: 3 });
}

export function certificateOf(key: KeyName): string {
  const name = commonName('a');
  const [notBefore, notAfter] = [utcTime('200101000000Z'), utcTime('400101000000Z')];
  const base = { subject: name, issuer: name, serial: 1n, notBefore, notAfter, version: 3, extensions: [] };
  return pem('CERTIFICATE', makeCertificate({ ...base, key, signer: 'ed25519', algorithm: 'ed25519' }));
}

export function publicPem(key: KeyName): string {
  return pem('PUBLIC KEY', keys[key].publicKey.export({ format: 'der', type: 'spki' }));
}
