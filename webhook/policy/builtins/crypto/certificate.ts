import { signatureAlgorithm } from './algorithm.ts';
import type { SignatureAlgorithm } from './algorithm.ts';
import { contextTag, DerReader, malformed, rightAligned, tags } from './der.ts';
import { readDetails } from './details.ts';
import type { Details } from './details.ts';
import { readExtension } from './extension.ts';
import type { Extension } from './extension.ts';
import { readName } from './name.ts';
import type { DistinguishedName } from './name.ts';
import { keyKind, readAlgorithm, readPublicKey, readPublicKeyInfo } from './publicKey.ts';
import type { PublicKey } from './publicKey.ts';
import { readTime } from './time.ts';
import type { CertificateTime } from './time.ts';

/** A certificate as Go's `x509.ParseCertificate` reads it. */
export interface Certificate {
  readonly raw: Buffer;
  readonly signedPart: Buffer;
  readonly rawKeyInfo: Buffer;
  readonly rawSubject: Buffer;
  readonly rawIssuer: Buffer;
  readonly signature: Buffer;
  readonly signatureAlgorithm: SignatureAlgorithm | undefined;
  readonly keyKind: PublicKey['kind'] | undefined;
  readonly publicKey: PublicKey | undefined;
  readonly version: number;
  readonly serialNumber: bigint;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: CertificateTime;
  readonly notAfter: CertificateTime;
  readonly extensions: readonly Extension[];
  readonly details: Details;
}

/** Reads certificates that follow each other. */
export function readCertificates(der: Buffer): readonly Certificate[] {
  const reader = new DerReader(der);
  const certificates: Certificate[] = [];
  while (!reader.isEmpty) certificates.push(readCertificate(reader.element(tags.sequence).whole));
  return certificates;
}

/**
 * Reads one certificate (RFC 5280 section 4.1).
 *
 * @throws BuiltinError where Go refuses it.
 */
export function readCertificate(raw: Buffer): Certificate {
  const whole = new DerReader(raw);
  const outer = whole.inside(tags.sequence);
  if (!whole.isEmpty) malformed('certificate: trailing data');
  const signedPart = outer.element(tags.sequence).whole;
  const reader = new DerReader(signedPart).inside(tags.sequence);
  const version = readVersion(reader);
  const serialNumber = reader.integer();
  if (serialNumber < 0n) malformed('serial number');
  const algorithm = reader.content(tags.sequence);
  if (!outer.content(tags.sequence).equals(algorithm)) malformed('signature algorithm: inner and outer differ');
  const rawIssuer = reader.element(tags.sequence).whole;
  const issuer = readName(new DerReader(rawIssuer).inside(tags.sequence));
  const validity = reader.inside(tags.sequence);
  const [notBefore, notAfter] = [readTime(validity), readTime(validity)];
  const rawSubject = reader.element(tags.sequence).whole;
  const subject = readName(new DerReader(rawSubject).inside(tags.sequence));
  const rawKeyInfo = reader.element(tags.sequence).whole;
  const keyInfo = readPublicKeyInfo(new DerReader(rawKeyInfo).inside(tags.sequence));
  const kind = keyKind(keyInfo.algorithm);
  const signing = signatureAlgorithm(readAlgorithm(new DerReader(algorithm)));
  // Go has no number for X25519, and so does not read such a key here.
  const publicKey = kind === 'x25519' ? undefined : readPublicKey(keyInfo);
  const extensions = readExtensions(reader, version);
  return {
    raw,
    signedPart,
    rawKeyInfo,
    rawSubject,
    rawIssuer,
    signature: rightAligned(outer.bitString()),
    signatureAlgorithm: signing,
    keyKind: kind,
    publicKey,
    version,
    serialNumber,
    issuer,
    subject,
    notBefore,
    notAfter,
    extensions,
    details: readDetails(extensions),
  };
}

/** The version as people count it: the first one is written as zero, or not at all. */
function readVersion(reader: DerReader): number {
  const explicit = reader.optional(contextTag(0, 'constructed'));
  if (explicit === undefined) return 1;
  const version = explicit.int64();
  return version >= 0n && version <= 2n && explicit.isEmpty ? Number(version) + 1 : malformed('version');
}

function readExtensions(reader: DerReader, version: number): readonly Extension[] {
  if (version > 1) {
    reader.optional(contextTag(1));
    reader.optional(contextTag(2));
  }
  const list = version === 3 ? reader.optional(contextTag(3, 'constructed'))?.inside(tags.sequence) : undefined;
  const extensions: Extension[] = [];
  while (list?.isEmpty === false) extensions.push(readExtension(list.inside(tags.sequence)));
  const names = new Set(extensions.map(({ id }) => id.join('.')));
  return names.size === extensions.length ? extensions : malformed('certificate: an extension twice');
}
