import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate as Issued,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { skewMs } from './config.ts';

/** A certificate and its private key, both PEM (RFC 7468; the key is PKCS #8). Never logged. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Random bytes of a serial number; `webcrypto.getRandomValues` outside tests. */
export type RandomBytes = (length: number) => Uint8Array;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Positive, not zero, and below 20 octets (RFC 5280 section 4.1.2.2); 120 bits that nobody can guess. */
function serialNumber(random: RandomBytes): string {
  return `40${Buffer.from(random(15)).toString('hex')}`;
}

/** X.509 counts in whole seconds. */
function seconds(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000);
}

async function exported(keys: webcrypto.CryptoKeyPair, certificate: Issued): Promise<KeyPair> {
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const object = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  return {
    certificate: `${certificate.toString('pem').trim()}\n`,
    key: object.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Makes a self-signed root: ECDSA P-256, may sign leaves only (path length 0). */
export async function createRoot(now: number, lifeMs: number, random: RandomBytes): Promise<KeyPair> {
  const keys = await generateKeys();
  const serial = serialNumber(random);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    // Two roots of one name would be told apart by their key identifiers only; people look at names.
    name: `CN=remora-ca ${serial.slice(2, 10)}`,
    notBefore: seconds(now - skewMs),
    notAfter: seconds(now + lifeMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return exported(keys, certificate);
}

export interface LeafOptions {
  readonly now: number;
  readonly lifeMs: number;
  /** DNS names, the first one also being the subject's name. */
  readonly names: readonly string[];
  readonly random: RandomBytes;
}

/** Issues a serving certificate with a key of its own; it never outlives its root. */
export async function issueLeaf(root: KeyPair, options: LeafOptions): Promise<KeyPair> {
  const { now, lifeMs, names, random } = options;
  const issuer = new Issued(root.certificate);
  const pkcs8 = createPrivateKey(root.key).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    subject: `CN=${names[0] ?? 'remora-webhook'}`.slice(0, 67),
    issuer: issuer.subject,
    notBefore: seconds(now - skewMs),
    notAfter: seconds(Math.min(now + lifeMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return exported(keys, certificate);
}
