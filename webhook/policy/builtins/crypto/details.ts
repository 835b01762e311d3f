import { noAlternativeNames, readAlternativeNames } from './alternativeNames.ts';
import type { AlternativeNames } from './alternativeNames.ts';
import { contextTag, DerReader, malformed, tags } from './der.ts';
import type { Oid } from './der.ts';
import type { Extension } from './extension.ts';
import { noSubtrees, readNameConstraints } from './nameConstraints.ts';
import type { Subtrees } from './nameConstraints.ts';

/** What the extensions of a certificate say, as Go's `x509.Certificate` keeps it. */
export interface Details {
  /** Bits 0 to 8 of KeyUsage. */
  keyUsage: number;
  hasBasicConstraints: boolean;
  isAuthority: boolean;
  /** -1 for a certificate of an authority without a limit, 0 without basic constraints. */
  maxPathLength: bigint;
  names: AlternativeNames;
  hasCriticalNameConstraints: boolean;
  permitted: Subtrees;
  excluded: Subtrees;
  crlDistributionPoints: readonly Buffer[];
  authorityKeyId: Buffer | undefined;
  subjectKeyId: Buffer | undefined;
  /** Go's numbers of known usages; those that it does not know follow in `unknownUsages`. */
  extendedUsages: readonly number[];
  unknownUsages: readonly Oid[];
  policies: readonly Buffer[] | undefined;
  policyMappings: readonly PolicyMapping[];
  requireExplicitPolicy: bigint | undefined;
  inhibitPolicyMapping: bigint | undefined;
  inhibitAnyPolicy: bigint | undefined;
  ocspServers: readonly Buffer[];
  issuerUrls: readonly Buffer[];
  unhandled: readonly Oid[];
}

/** Object identifiers as they are encoded. */
export interface PolicyMapping {
  readonly issuer: Buffer;
  readonly subject: Buffer;
}

function noDetails(): Details {
  return {
    keyUsage: 0,
    hasBasicConstraints: false,
    isAuthority: false,
    maxPathLength: 0n,
    names: noAlternativeNames,
    hasCriticalNameConstraints: false,
    permitted: noSubtrees,
    excluded: noSubtrees,
    crlDistributionPoints: [],
    authorityKeyId: undefined,
    subjectKeyId: undefined,
    extendedUsages: [],
    unknownUsages: [],
    policies: undefined,
    policyMappings: [],
    requireExplicitPolicy: undefined,
    inhibitPolicyMapping: undefined,
    inhibitAnyPolicy: undefined,
    ocspServers: [],
    issuerUrls: [],
    unhandled: [],
  };
}

/** Reads what an extension says into the details; `unhandled` where Go does not understand all of it. */
type Handler = (details: Details, extension: Extension) => 'unhandled' | undefined;

/** Handlers by object identifier (RFC 5280 section 4.2). */
const handlers: Readonly<Record<string, Handler>> = {
  '2.5.29.14': (details, { isCritical, value }) => {
    if (isCritical) malformed('subject key identifier: critical');
    details.subjectKeyId = new DerReader(value).content(tags.octetString);
  },
  '2.5.29.15': (details, { value }) => {
    const { bytes } = new DerReader(value).bitString();
    const bits = Array.from(bytes.subarray(0, 2), (byte) => byte.toString(2).padStart(8, '0')).join('');
    details.keyUsage = Array.from(bits.slice(0, 9), Number).reduce((usage, bit, at) => usage | (bit << at), 0);
  },
  '2.5.29.17': (details, { value }) => {
    details.names = readAlternativeNames(value);
    const { dns, emails, ips, uris } = details.names;
    return dns.length + emails.length + ips.length + uris.length === 0 ? 'unhandled' : undefined;
  },
  '2.5.29.19': (details, { value }) => {
    const reader = new DerReader(value).inside(tags.sequence);
    details.hasBasicConstraints = true;
    details.isAuthority = reader.isNext(tags.boolean) && reader.boolean();
    const limit = reader.isNext(tags.integer) ? reader.int64() : undefined;
    details.maxPathLength = limit !== undefined && limit < 0n ? malformed('path length') : (limit ?? -1n);
  },
  '2.5.29.30': (details, { isCritical, value }) => {
    const { permitted, excluded, isUnhandled } = readNameConstraints(value);
    Object.assign(details, { permitted, excluded, hasCriticalNameConstraints: isCritical });
    return isUnhandled ? 'unhandled' : undefined;
  },
  '2.5.29.31': (details, { value }) => {
    details.crlDistributionPoints = readDistributionPoints(value);
  },
  '2.5.29.32': (details, { value }) => {
    details.policies = readPolicies(value);
  },
  '2.5.29.33': (details, { value }) => {
    details.policyMappings = readEach(value, (mapping) => ({
      issuer: mapping.content(tags.oid),
      subject: mapping.content(tags.oid),
    }));
  },
  '2.5.29.35': (details, { isCritical, value }) => {
    if (isCritical) malformed('authority key identifier: critical');
    const reader = new DerReader(value).inside(tags.sequence);
    details.authorityKeyId = reader.isNext(contextTag(0)) ? reader.content(contextTag(0)) : undefined;
  },
  '2.5.29.36': (details, { value }) => {
    const reader = new DerReader(value).inside(tags.sequence);
    if (reader.isNext(contextTag(0))) details.requireExplicitPolicy = reader.int64(contextTag(0));
    if (reader.isNext(contextTag(1))) details.inhibitPolicyMapping = reader.int64(contextTag(1));
  },
  '2.5.29.37': (details, { value }) => {
    const usages = new DerReader(value).inside(tags.sequence);
    const [known, unknown]: [number[], Oid[]] = [[], []];
    while (!usages.isEmpty) {
      const oid = usages.oid();
      const number = extendedUsageOids.indexOf(oid.join('.'));
      if (number >= 0) known.push(number);
      else unknown.push(oid);
    }
    Object.assign(details, { extendedUsages: known, unknownUsages: unknown });
  },
  '2.5.29.54': (details, { value }) => {
    details.inhibitAnyPolicy = new DerReader(value).int64();
  },
  '1.3.6.1.5.5.7.1.1': (details, { isCritical, value }) => {
    if (isCritical) malformed('authority information access: critical');
    const urls = readAccess(value);
    details.ocspServers = urls.filter(({ method }) => method === '1.3.6.1.5.5.7.48.1').map(({ url }) => url);
    details.issuerUrls = urls.filter(({ method }) => method === '1.3.6.1.5.5.7.48.2').map(({ url }) => url);
  },
};

/** Extended key usages in the order of Go's `x509.ExtKeyUsage`. */
const extendedUsageOids = [
  '2.5.29.37.0',
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `1.3.6.1.5.5.7.3.${number}`),
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
  '1.3.6.1.4.1.311.2.1.22',
  '1.3.6.1.4.1.311.61.1.1',
];

/** Reads all extensions (Go `x509.processExtensions`); those it does not know are noted where they are critical. */
export function readDetails(extensions: readonly Extension[]): Details {
  const details = noDetails();
  const unhandled = extensions.filter((extension) => {
    const handler = handlers[extension.id.join('.')];
    const isUnhandled = handler === undefined || handler(details, extension) === 'unhandled';
    return isUnhandled && extension.isCritical;
  });
  return { ...details, unhandled: unhandled.map(({ id }) => id) };
}

/** Reads the elements of a sequence of sequences. */
function readEach<T>(value: Buffer, read: (reader: DerReader) => T): readonly T[] {
  const elements: T[] = [];
  const reader = new DerReader(value).inside(tags.sequence);
  while (!reader.isEmpty) elements.push(read(reader.inside(tags.sequence)));
  return elements;
}

/** The URLs at which lists of revoked certificates are. */
function readDistributionPoints(value: Buffer): readonly Buffer[] {
  return readEach(value, (point) => {
    const urls: Buffer[] = [];
    const name = point.optional(contextTag(0, 'constructed'))?.inside(contextTag(0, 'constructed'));
    while (name?.isNext(contextTag(6)) === true) urls.push(name.content(contextTag(6)));
    return urls;
  }).flat();
}

function readPolicies(value: Buffer): readonly Buffer[] {
  const policies = readEach(value, (policy) => policy.content(tags.oid));
  const names = policies.map((policy) => policy.toString('hex'));
  if (new Set(names).size !== names.length || !policies.every(isMinimalOid)) malformed('certificate policies');
  return policies;
}

/** Whether each component is in as few bytes as it takes, and the last one is whole. */
function isMinimalOid(content: Buffer): boolean {
  const starts = content.map((_, at) => ((content[at - 1] ?? 0) < 0x80 ? 1 : 0));
  const last = content.at(-1);
  return last !== undefined && last < 0x80 && content.every((byte, at) => starts[at] === 0 || byte !== 0x80);
}

function readAccess(value: Buffer): readonly { readonly method: string; readonly url: Buffer }[] {
  return readEach(value, (description) => {
    const method = description.oid().join('.');
    return description.isNext(contextTag(6)) ? [{ method, url: description.content(contextTag(6)) }] : [];
  }).flat();
}
