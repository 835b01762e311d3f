import { RegoObject } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { decodeUtf8 } from './go/utf8.ts';
import { marshal, toJson } from './json/convert.ts';
import { algorithms } from './jwt/algorithms.ts';
import { decodeBase64url } from './jwt/base64url.ts';
import { keepsTo, readConstraints } from './jwt/constraints.ts';
import { readVerificationKeys } from './jwt/keys.ts';
import { signToken } from './jwt/sign.ts';
import { isAcceptable, readFields, readHeader, readObject, signedText, splitToken } from './jwt/token.ts';
import { isMac, isSignature, isVerifiedBy, isVerifiedByAny } from './jwt/verify.ts';
import { objectOperand, stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

const nestedType = 'JWT';

/** Header, payload and signature of a token, or of the token within it; nothing is verified. */
function decode(text: string): Value {
  const token = splitToken(text);
  const header = readHeader(token);
  const payload = decodeBase64url(token.payload);
  const contentType = header.get('cty') ?? '';
  if (typeof contentType !== 'string') throw new BuiltinError('cty: must be a string');
  // Some put the token within into quotes.
  if (contentType === nestedType)
    return decode(
      decodeUtf8(payload)
        .replace(/^["']+/, '')
        .replace(/["']+$/, ''),
    );
  return [header, readObject(payload), decodeBase64url(token.signature).toString('hex')];
}

function verifyByKey(name: string): Builtin {
  return (args) => {
    const algorithm = algorithms[name];
    const token = splitToken(stringOperand(args, 1));
    const keys = readVerificationKeys(stringOperand(args, 2));
    const signature = decodeBase64url(token.signature);
    const fields = readFields(readHeader(token));
    return isVerifiedByAny(keys, fields, ({ key }) => {
      if (algorithm === undefined || 'secret' in key || key.isPrivate || key.publicKey === undefined) return false;
      return isSignature(algorithm, key.publicKey, signedText(token), signature, 'tolerant');
    });
  };
}

function verifyBySecret(hash: string): Builtin {
  return (args) => {
    const [text, secret] = [stringOperand(args, 1), stringOperand(args, 2)];
    const token = splitToken(text);
    return isMac(hash, secret, signedText(token), decodeBase64url(token.signature));
  };
}

const unverified: Value = [false, new RegoObject([]), new RegoObject([])];

const decodeVerify: Builtin = (args, { nowNanoseconds }) => {
  const constraints = readConstraints(objectOperand(args, 2), nowNanoseconds);
  let text = stringOperand(args, 1);
  for (;;) {
    const token = splitToken(text);
    const header = readHeader(token);
    const fields = readFields(header);
    const { algorithm } = constraints;
    if (!isAcceptable(fields) || (algorithm !== '' && algorithm !== fields.algorithm)) return unverified;
    const signature = decodeBase64url(token.signature);
    const isVerified = isVerifiedByAny(constraints.keys, fields, (key) =>
      isVerifiedBy(key, fields.algorithm, signedText(token), signature),
    );
    if (!isVerified) return unverified;
    const payload = decodeBase64url(token.payload);
    if (fields.contentType.toUpperCase() === nestedType) {
      text = decodeUtf8(payload);
      continue;
    }
    const claims = readObject(payload);
    return keepsTo(claims, constraints) ? [true, header, claims] : unverified;
  }
};

/**
 * The family `io.jwt` (https://www.openpolicyagent.org/docs/policy-reference/builtins/tokens). Where OPA 1.22.2 ends in
 * a panic, at a `cty` or `iss` that is no string, the result is undefined.
 */
export const jwt: Readonly<Record<string, Builtin>> = {
  'io.jwt.decode': (args) => decode(stringOperand(args, 1)),
  'io.jwt.decode_verify': decodeVerify,
  'io.jwt.encode_sign': ([header = null, payload = null, key = null]) =>
    signToken(marshal(toJson(header)), marshal(toJson(payload)), marshal(toJson(key))),
  'io.jwt.encode_sign_raw': (args) => signToken(stringOperand(args, 1), stringOperand(args, 2), stringOperand(args, 3)),
  'io.jwt.verify_eddsa': verifyByKey('EdDSA'),
  'io.jwt.verify_es256': verifyByKey('ES256'),
  'io.jwt.verify_es384': verifyByKey('ES384'),
  'io.jwt.verify_es512': verifyByKey('ES512'),
  'io.jwt.verify_hs256': verifyBySecret('sha256'),
  'io.jwt.verify_hs384': verifyBySecret('sha384'),
  'io.jwt.verify_hs512': verifyBySecret('sha512'),
  'io.jwt.verify_ps256': verifyByKey('PS256'),
  'io.jwt.verify_ps384': verifyByKey('PS384'),
  'io.jwt.verify_ps512': verifyByKey('PS512'),
  'io.jwt.verify_rs256': verifyByKey('RS256'),
  'io.jwt.verify_rs384': verifyByKey('RS384'),
  'io.jwt.verify_rs512': verifyByKey('RS512'),
};
