import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyPair } from './issue.ts';

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** A certificate that could be read. */
export interface ReadCertificate {
  readonly pem: string;
  readonly x509: X509Certificate;
  /** SHA-256 of the whole certificate; its name wherever one is compared or logged. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Reads one certificate; undefined when it is none. */
export function readCertificate(pem: string): ReadCertificate | undefined {
  try {
    const x509 = new X509Certificate(pem);
    return {
      pem: `${pem.trim()}\n`,
      x509,
      fingerprint: x509.fingerprint256,
      notBefore: x509.validFromDate.getTime(),
      notAfter: x509.validToDate.getTime(),
    };
  } catch {
    return undefined;
  }
}

/** Every certificate of a bundle, in its order; what cannot be read is left out. */
export function readBundle(text: string): readonly ReadCertificate[] {
  return [...text.matchAll(block)].map(([pem]) => readCertificate(pem)).filter((read) => read !== undefined);
}

/** Writes certificates as one bundle: each once, oldest first, so that equal sets are equal texts. */
export function writeBundle(certificates: readonly ReadCertificate[]): string {
  const unique = new Map(certificates.map((certificate) => [certificate.fingerprint, certificate]));
  return [...unique.values()]
    .sort((a, b) => a.notBefore - b.notBefore || a.fingerprint.localeCompare(b.fingerprint))
    .map(({ pem }) => pem)
    .join('');
}

/** A key pair whose certificate and key belong together, or undefined. */
export function readPair(
  pair: Partial<KeyPair>,
): { readonly pair: KeyPair; readonly read: ReadCertificate } | undefined {
  const { certificate, key } = pair;
  if (certificate === undefined || key === undefined) return undefined;
  const read = readCertificate(certificate);
  try {
    if (read?.x509.checkPrivateKey(createPrivateKey(key)) !== true) return undefined;
  } catch {
    return undefined;
  }
  return { pair: { certificate, key }, read };
}
