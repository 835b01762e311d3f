import type { RegoObject, Value } from '../../value/value.ts';
import { decodeUtf8 } from '../go/utf8.ts';
import { integerValue } from '../operands.ts';
import { BuiltinError } from '../types.ts';
import { fromBytes } from '../urls/escape.ts';
import { writeUrl } from '../urls/write.ts';
import type { AlternativeNames } from './alternativeNames.ts';
import type { Certificate } from './certificate.ts';
import { readOid, writeOid } from './der.ts';
import type { Details } from './details.ts';
import { base64, slice, struct, writeExtension, writeIp, writeName, writePublicKey, writeUri } from './json.ts';
import type { AddressRange } from './nameConstraints.ts';
import { keyAlgorithmNumber } from './publicKey.ts';
import type { CertificateTime } from './time.ts';

const text = (value: string): Value => value;
/** Bytes that Go takes for a string. */
const byteText = (value: Buffer): Value => decodeUtf8(value);

/**
 * What OPA makes of Go's `x509.Certificate`, field by field.
 *
 * @throws BuiltinError for a time that JSON cannot have.
 */
export function writeCertificate(certificate: Certificate): RegoObject {
  return struct(certificateFields(certificate));
}

/** As `writeCertificate`, with the URIs as strings beside: what `crypto.x509.parse_certificates` adds. */
export function writeExtendedCertificate(certificate: Certificate): RegoObject {
  const { uris } = certificate.details.names;
  return struct({
    ...certificateFields(certificate),
    URIStrings: slice(uris, (uri) => fromBytes(writeUrl(uri))),
  });
}

function certificateFields(certificate: Certificate): Record<string, Value> {
  const { details } = certificate;
  return {
    Raw: base64(certificate.raw),
    RawTBSCertificate: base64(certificate.signedPart),
    RawSubjectPublicKeyInfo: base64(certificate.rawKeyInfo),
    RawSubject: base64(certificate.rawSubject),
    RawIssuer: base64(certificate.rawIssuer),
    Signature: base64(certificate.signature),
    SignatureAlgorithm: certificate.signatureAlgorithm?.number ?? 0,
    PublicKeyAlgorithm: keyAlgorithmNumber(certificate.keyKind),
    PublicKey: writePublicKey(certificate.publicKey),
    Version: certificate.version,
    SerialNumber: integerValue(certificate.serialNumber),
    Issuer: writeName(certificate.issuer),
    Subject: writeName(certificate.subject),
    NotBefore: writeTime(certificate.notBefore),
    NotAfter: writeTime(certificate.notAfter),
    Extensions: slice(certificate.extensions, writeExtension),
    ExtraExtensions: null,
    ...usageFields(details),
    ...alternativeNameFields(details.names),
    ...constraintFields(details),
    ...policyFields(details),
  };
}

function writeTime({ text: written }: CertificateTime): Value {
  if (written === undefined) throw new BuiltinError('time zone offset out of range');
  return written;
}

function usageFields(details: Details): Record<string, Value> {
  return {
    UnhandledCriticalExtensions: slice(details.unhandled, (oid) => oid),
    KeyUsage: details.keyUsage,
    ExtKeyUsage: slice(details.extendedUsages, (usage) => usage),
    UnknownExtKeyUsage: slice(details.unknownUsages, (oid) => oid),
    BasicConstraintsValid: details.hasBasicConstraints,
    IsCA: details.isAuthority,
    MaxPathLen: integerValue(details.maxPathLength),
    MaxPathLenZero: details.hasBasicConstraints && details.maxPathLength === 0n,
    SubjectKeyId: base64(details.subjectKeyId),
    AuthorityKeyId: base64(details.authorityKeyId),
    OCSPServer: slice(details.ocspServers, byteText),
    IssuingCertificateURL: slice(details.issuerUrls, byteText),
    CRLDistributionPoints: slice(details.crlDistributionPoints, byteText),
  };
}

export function alternativeNameFields({ dns, emails, ips, uris }: AlternativeNames): Record<string, Value> {
  return {
    DNSNames: slice(dns, text),
    EmailAddresses: slice(emails, text),
    IPAddresses: slice(ips, writeIp),
    URIs: slice(uris, writeUri),
  };
}

function writeRange({ address, mask }: AddressRange): Value {
  return struct({ IP: writeIp(address), Mask: base64(mask) });
}

function constraintFields({ hasCriticalNameConstraints, permitted, excluded }: Details): Record<string, Value> {
  return {
    PermittedDNSDomainsCritical: hasCriticalNameConstraints,
    PermittedDNSDomains: slice(permitted.dns, text),
    ExcludedDNSDomains: slice(excluded.dns, text),
    PermittedIPRanges: slice(permitted.ips, writeRange),
    ExcludedIPRanges: slice(excluded.ips, writeRange),
    PermittedEmailAddresses: slice(permitted.emails, text),
    ExcludedEmailAddresses: slice(excluded.emails, text),
    PermittedURIDomains: slice(permitted.uris, text),
    ExcludedURIDomains: slice(excluded.uris, text),
  };
}

function policyFields(details: Details): Record<string, Value> {
  const { policies, policyMappings } = details;
  const counted = (name: string, value: bigint | undefined): Record<string, Value> => ({
    [name]: integerValue(value ?? 0n),
    [`${name}Zero`]: value === 0n,
  });
  return {
    // Go makes the list of those that fit its older type as soon as there is the extension, empty or not.
    PolicyIdentifiers: policies?.flatMap((oid) => (fits(oid) ? [readOid(oid) ?? []] : [])) ?? null,
    Policies: slice(policies ?? [], writeOid),
    PolicyMappings: slice(policyMappings, ({ issuer, subject }) =>
      struct({ IssuerDomainPolicy: writeOid(issuer), SubjectDomainPolicy: writeOid(subject) }),
    ),
    ...counted('InhibitAnyPolicy', details.inhibitAnyPolicy),
    ...counted('InhibitPolicyMapping', details.inhibitPolicyMapping),
    ...counted('RequireExplicitPolicy', details.requireExplicitPolicy),
  };
}

function fits(oid: Buffer): boolean {
  return readOid(oid) !== undefined;
}
