import type { RegoObject } from '../../value/value.ts';
import { BuiltinError } from '../types.ts';
import { readCertificate } from './certificate.ts';
import { writeCertificate } from './certificateJson.ts';
import { isPem, pemOrBase64 } from './input.ts';
import { base64, struct } from './json.ts';
import { decodeAllPem } from './pem.ts';
import type { PemBlock } from './pem.ts';
import { readAnyPrivateKey } from './privateKey.ts';
import type { PrivateKey } from './privateKey.ts';
import { writePrivateKey } from './privateKeyJson.ts';
import type { PublicKey } from './publicKey.ts';

const begin = '-----BEGIN ';

/** The blocks of PEM; DER becomes one block of the type. */
function blocksOf(text: string, type: string): readonly PemBlock[] {
  const bytes = pemOrBase64(text, begin);
  return isPem(bytes, begin) ? decodeAllPem(bytes.toString('latin1')) : [{ type, bytes }];
}

/**
 * Reads a certificate, those that follow it, and its private key, and writes them as OPA writes Go's `tls.Certificate`.
 *
 * @throws BuiltinError for a key that is not the certificate's (Go `tls.X509KeyPair`).
 */
export function describeKeyPair(certificateText: string, keyText: string): RegoObject {
  const certificates = blocksOf(certificateText, 'CERTIFICATE').filter(({ type }) => type === 'CERTIFICATE');
  const keyBlock = blocksOf(keyText, 'PRIVATE KEY').find(({ type }) => /^(?:.* )?PRIVATE KEY$/s.test(type));
  const [first] = certificates;
  if (first === undefined || keyBlock === undefined) throw new BuiltinError('tls: failed to find any PEM data');
  const leaf = readCertificate(first.bytes);
  const key = readAnyPrivateKey(keyBlock.bytes);
  if (!isKeyOf(key, leaf.publicKey)) throw new BuiltinError('tls: private key does not match public key');
  return struct({
    Certificate: certificates.map(({ bytes }) => base64(bytes)),
    PrivateKey: writePrivateKey(key),
    SupportedSignatureAlgorithms: null,
    OCSPStaple: null,
    SignedCertificateTimestamps: null,
    Leaf: writeCertificate(leaf),
  });
}

function isKeyOf(key: PrivateKey, publicKey: PublicKey | undefined): boolean {
  switch (publicKey?.kind) {
    case 'rsa':
      return key.kind === 'rsa' && key.modulus === publicKey.modulus && key.exponent === publicKey.exponent;
    case 'ecdsa':
      return key.kind === 'ecdsa' && key.curve === publicKey.curve && key.x === publicKey.x && key.y === publicKey.y;
    case 'ed25519':
      return key.kind === 'ed25519' && key.bytes.equals(publicKey.bytes);
    case 'x25519':
    case 'dsa':
    case undefined:
      return false;
  }
}
