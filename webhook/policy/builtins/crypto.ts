import { createHash, createHmac } from 'node:crypto';
import type { Value } from '../value/value.ts';
import { decodeBase64 } from './crypto/base64.ts';
import type { Certificate } from './crypto/certificate.ts';
import { writeCertificate, writeExtendedCertificate } from './crypto/certificateJson.ts';
import type { VerifyOptions } from './crypto/chain.ts';
import { bytesOfText, certificatesOf, pemOrBase64, requestDer } from './crypto/input.ts';
import { describeKeyPair } from './crypto/keyPair.ts';
import { decodeAllPem } from './crypto/pem.ts';
import { readPrivateKeys } from './crypto/privateKey.ts';
import type { PrivateKey } from './crypto/privateKey.ts';
import { writeJwk, writePrivateKey } from './crypto/privateKeyJson.ts';
import { describeRequest } from './crypto/request.ts';
import { defaultOptions, readableCertificates, readOptions, verifiedChain } from './crypto/verify.ts';
import { objectOperand, stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

function digest(algorithm: string): Builtin {
  return (args) => createHash(algorithm).update(stringOperand(args, 1)).digest('hex');
}

function authenticationCode(algorithm: string): Builtin {
  return (args) => createHmac(algorithm, stringOperand(args, 2)).update(stringOperand(args, 1)).digest('hex');
}

/** `[true, chain]`, or `[false, []]` for whatever is not a valid chain. */
function verification(
  certificates: readonly Certificate[] | undefined,
  options: VerifyOptions,
  write: (certificate: Certificate) => Value,
): Value {
  const chain = certificates === undefined ? undefined : verifiedChain(certificates, options);
  return chain === undefined ? [false, []] : [true, chain.map(write)];
}

/** The private keys of PEM, or of base64 of PEM. */
function privateKeysOf(text: string): readonly PrivateKey[] {
  const decoded = decodeBase64(text);
  return readPrivateKeys(decodeAllPem(decoded === undefined ? bytesOfText(text) : decoded.toString('latin1')));
}

/**
 * The family `crypto`: what Go's packages crypto, x509 and tls make of texts, field by field
 * (https://www.openpolicyagent.org/docs/policy-reference/builtins/crypto). Nothing here calls a secret its own: times of
 * comparisons do not matter.
 */
export const crypto: Readonly<Record<string, Builtin>> = {
  'crypto.md5': digest('md5'),
  'crypto.sha1': digest('sha1'),
  'crypto.sha256': digest('sha256'),
  'crypto.hmac.md5': authenticationCode('md5'),
  'crypto.hmac.sha1': authenticationCode('sha1'),
  'crypto.hmac.sha256': authenticationCode('sha256'),
  'crypto.hmac.sha512': authenticationCode('sha512'),
  'crypto.hmac.equal': (args) => stringOperand(args, 1) === stringOperand(args, 2),
  'crypto.x509.parse_certificates': (args) => {
    const certificates = certificatesOf(stringOperand(args, 1));
    return certificates.map(writeExtendedCertificate);
  },
  'crypto.x509.parse_and_verify_certificates': (args, context) =>
    verification(readableCertificates(stringOperand(args, 1)), defaultOptions(context), writeExtendedCertificate),
  'crypto.x509.parse_and_verify_certificates_with_options': (args, context) => {
    const [text, options] = [stringOperand(args, 1), objectOperand(args, 2)];
    const certificates = readableCertificates(text);
    // Options are not looked at where there is nothing to verify.
    const read = certificates === undefined ? defaultOptions(context) : readOptions(options, context);
    return verification(certificates, read, writeCertificate);
  },
  'crypto.x509.parse_certificate_request': (args) => describeRequest(requestDer(stringOperand(args, 1))),
  'crypto.x509.parse_keypair': (args) => describeKeyPair(stringOperand(args, 1), stringOperand(args, 2)),
  'crypto.x509.parse_rsa_private_key': (args) => {
    const text = stringOperand(args, 1);
    if (text === '') throw new BuiltinError('input PEM data was empty');
    const [key] = privateKeysOf(pemOrBase64(text).toString());
    return key === undefined ? null : writeJwk(key);
  },
  'crypto.parse_private_keys': (args) => {
    const text = stringOperand(args, 1);
    return text === '' ? null : privateKeysOf(text).map(writePrivateKey);
  },
};
