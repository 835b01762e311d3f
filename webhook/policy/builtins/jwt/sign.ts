import { constants, createHmac, createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { RegoObject } from '../../value/value.ts';
import { bytesOf, publicPoint } from '../crypto/curve.ts';
import type { Curve } from '../crypto/curve.ts';
import { malformed } from '../crypto/der.ts';
import { checkedRsa } from '../crypto/rsa.ts';
import { isJson, readJson } from '../json/read.ts';
import { BuiltinError } from '../types.ts';
import { algorithms } from './algorithms.ts';
import type { Algorithm } from './algorithms.ts';
import { readJwks } from './jwk.ts';
import type { Material } from './jwk.ts';
import { edwardsKey } from './keys.ts';

/**
 * Makes a token of a header, a payload and the first of the keys (`io.jwt.encode_sign_raw`).
 *
 * @throws BuiltinError for a header without an algorithm that OPA knows, and a key that is not for it.
 */
export function signToken(header: string, payload: string, jwks: string): string {
  const [first] = readJwks(jwks);
  if (first === undefined) throw new BuiltinError('no keys found in JWK set');
  const fields = readJson(header);
  const [name, type] = fields instanceof RegoObject ? [fields.get('alg'), fields.get('typ')] : [];
  const algorithm = typeof name === 'string' && Object.hasOwn(algorithms, name) ? algorithms[name] : undefined;
  if (algorithm === undefined) throw new BuiltinError('unknown JWS algorithm');
  if ((typeof type !== 'string' || type === 'JWT') && !isJson(payload)) {
    throw new BuiltinError('type is JWT but payload is not JSON');
  }
  const signed = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${signed}.${signatureOf(algorithm, first.material, Buffer.from(signed)).toString('base64url')}`;
}

function signatureOf({ family, hash }: Algorithm, material: Material, content: Buffer): Buffer {
  if (family === 'hmac') {
    return material.kind === 'secret' && hash !== null
      ? createHmac(hash, material.bytes).update(content).digest()
      : malformed('JWK: no secret');
  }
  const wanted = { rsa: 'rsa', pss: 'rsa', ecdsa: 'ec', eddsa: 'okp' }[family];
  if (material.kind !== wanted) malformed('JWK: a key of another kind');
  const key = signingKey(material);
  if (family === 'pss') {
    const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return sign(hash, content, { key, ...options });
  }
  return sign(hash, content, { key, dsaEncoding: 'ieee-p1363' });
}

function signingKey(material: Material): KeyObject {
  switch (material.kind) {
    case 'rsa':
      return rsaKey(material);
    case 'ec':
      return ecKey(material.curve, material.d ?? malformed('JWK: no private key'));
    case 'okp':
      return okpKey(material);
    case 'secret':
      return malformed('JWK: no private key');
  }
}

const base64url = (value: bigint, size = Math.ceil(value.toString(16).length / 2)) =>
  bytesOf(value, size).toString('base64url');

/** Go signs with no key of less than 1024 bits. */
const smallestModulus = 2n ** 1023n;

function rsaKey({ numbers, isPrivate }: Material & { kind: 'rsa' }): KeyObject {
  const { n = 0n, e = 0n, d = 0n, p, q, dp, dq, qi } = numbers;
  if (!isPrivate || p === undefined || q === undefined || n < smallestModulus) malformed('JWK: RSA private key');
  const key = checkedRsa({ modulus: n, exponent: e, privateExponent: d, primes: [p, q] }, [dp, dq, qi]);
  const [remainderP, remainderQ, inverse] = key.remainders;
  const texts = { n, e, d, p, q, dp: remainderP, dq: remainderQ, qi: inverse };
  const encoded = Object.fromEntries(Object.entries(texts).map(([name, number]) => [name, base64url(number)]));
  return createPrivateKey({ key: { kty: 'RSA', ...encoded }, format: 'jwk' });
}

/** The key of a number; the point that the JWK has beside it is not looked at. */
function ecKey(curve: Curve, scalar: bigint): KeyObject {
  const point = publicPoint(curve, scalar) ?? malformed('JWK: EC private key');
  const [x, y, d] = [point.x, point.y, scalar].map((number) => base64url(number, curve.size)) as [
    string,
    string,
    string,
  ];
  return createPrivateKey({ key: { kty: 'EC', crv: curve.name, x, y, d }, format: 'jwk' });
}

function okpKey(material: Material & { kind: 'okp' }): KeyObject {
  const { d } = material;
  if (d === undefined || edwardsKey(material).kind !== 'ed25519') malformed('JWK: no Ed25519 private key');
  const [x, seed] = [material.x, d].map((bytes) => bytes.toString('base64url')) as [string, string];
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d: seed }, format: 'jwk' });
}
