import fc from 'fast-check';
import type { Value } from '../../../../../../../webhook/policy/value/value.ts';
import { RegoObject, RegoSet } from '../../../../../../../webhook/policy/value/value.ts';
import { object } from '../../corpus.ts';
import type { Call } from '../../oracle.ts';
import { sample } from '../../corpus.ts';
import { algorithmFor, commonName, makeCertificate, pem, utcTime } from './certificate.ts';
import type { CertificateParts, Extension } from './certificate.ts';
import type { KeyName } from './keys.ts';
import { bits, context, explicit, integer, octets, oid, sequence, yes } from './der.ts';
import { extension, extensionValues } from './extensions.ts';

const authority: Extension = { id: '2.5.29.19', critical: true, value: sequence(yes) };
const signing: Extension = { id: '2.5.29.15', value: bits(Buffer.from([0x06]), 1) };
const server: Extension = { id: '2.5.29.37', value: sequence(oid('1.3.6.1.5.5.7.3.1')) };
const hosts: Extension = {
  id: '2.5.29.17',
  value: sequence(context(2, 'a.b'), context(2, '*.c.d'), context(7, Buffer.from([10, 0, 0, 1]))),
};

/** One certificate of a chain, the root first: each is signed by the one before it. */
function link(at: number, last: number, key: KeyName, signer: KeyName, more: readonly Extension[]): CertificateParts {
  const own = at === last ? [hosts, server] : [authority, signing];
  const ids = new Set(more.map(({ id }) => id));
  return {
    key,
    signer,
    algorithm: algorithmFor(signer),
    subject: commonName(`level ${at}`),
    issuer: commonName(`level ${Math.max(0, at - 1)}`),
    serial: BigInt(at + 1),
    notBefore: utcTime('200101000000Z'),
    notAfter: utcTime('400101000000Z'),
    version: 3,
    extensions: [...own.filter(({ id }) => !ids.has(id)), ...more],
  };
}

/** The text of a chain of as many certificates as there are lists of extensions. */
function chainText(
  extensions: readonly (readonly Extension[])[],
  keyNames: readonly KeyName[],
  change: (parts: CertificateParts, at: number) => CertificateParts = (parts) => parts,
): readonly string[] {
  const last = extensions.length - 1;
  return extensions.map((more, at) => {
    const parts = link(at, last, keyNames[at]!, keyNames[Math.max(0, at - 1)]!, more);
    return pem('CERTIFICATE', makeCertificate(change(parts, at)));
  });
}

const excluding = (...names: readonly Buffer[]): Extension => ({
  id: '2.5.29.30',
  critical: true,
  value: sequence(explicit(1, ...names.map((name) => sequence(name)))),
});
const permitting = (...names: readonly Buffer[]): Extension => ({
  id: '2.5.29.30',
  critical: true,
  value: sequence(explicit(0, ...names.map((name) => sequence(name)))),
});
const policy = (name: string): Extension => ({ id: '2.5.29.32', value: sequence(sequence(oid(name))) });
const demandPolicy: Extension = { id: '2.5.29.36', value: sequence(integer(0, 0x80)) };
const limited: Extension = { id: '2.5.29.19', critical: true, value: sequence(yes, integer(0)) };

/** Chains from the root to the leaf, by what stands in each certificate: what RFC 5280 has examples for. */
export function documentedChains(): readonly Call[] {
  const chains: readonly (readonly (readonly Extension[])[])[] = [
    [[], []],
    [[], [], []],
    [[limited], []],
    [[limited], [], []],
    [[], [limited], [], []],
    [[], [limited], []],
    [[], [excluding(context(2, 'b'))], []],
    [[], [excluding(context(2, 'x.d'))], []],
    [[], [excluding(context(2, 'x.c.d'))], []],
    [[], [excluding(context(7, Buffer.from('0a000000ff000000', 'hex')))], []],
    [[], [permitting(context(2, 'b'), context(2, 'd'))], []],
    [[], [permitting(context(2, 'b'))], []],
    [[], [permitting(context(2, 'b'), context(2, '.c.d'), context(7, Buffer.from('0b000000ff000000', 'hex')))], []],
    [[], [demandPolicy], []],
    [[], [demandPolicy, policy('1.2.3')], [policy('1.2.3')]],
    [[], [demandPolicy, policy('1.2.3')], [policy('1.2.4')]],
    [[], [demandPolicy, policy('2.5.29.32.0')], [policy('1.2.4')]],
    [[], [demandPolicy], [policy('1.2.3')], []],
  ];
  const name = 'crypto.x509.parse_and_verify_certificates';
  return chains.map((extensions) => ({
    name,
    args: [
      chainText(
        extensions,
        extensions.map(() => 'p256' as const),
      ).join(''),
    ],
  }));
}

const key = fc.constantFrom<KeyName>('rsa', 'p256', 'p256', 'p384', 'p224', 'p521', 'ed25519');

/** Extensions that bear on a chain; broken values among them are rare. */
const bearing = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom('2.5.29.30', '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.37', '2.5.29.17', '2.5.29.54')
      .chain((id) => fc.record({ id: fc.constant(id), critical: fc.boolean(), value: extensionValues[id]! })),
  },
  { weight: 1, arbitrary: extension },
);

const distinctExtensions = (most: number) => fc.uniqueArray(bearing, { maxLength: most, selector: ({ id }) => id });

type Change = (parts: CertificateParts) => CertificateParts;

/** What may be wrong with one certificate of a chain. */
const changes: readonly Change[] = [
  (parts) => ({ ...parts, notAfter: utcTime('260101000000Z') }),
  (parts) => ({ ...parts, notBefore: utcTime('300101000000Z') }),
  (parts) => ({ ...parts, issuer: commonName('another') }),
  (parts) => ({ ...parts, signer: parts.signer === 'p256' ? 'p384' : 'p256', algorithm: 'ecdsa256' }),
  (parts) => ({ ...parts, key: 'weakRsa' }),
  (parts) => ({ ...parts, extensions: parts.extensions.filter(({ id }) => id !== '2.5.29.19') }),
  (parts) => ({ ...parts, extensions: parts.extensions.filter(({ id }) => id !== '2.5.29.15') }),
  (parts) => ({
    ...parts,
    extensions: [
      { id: '2.5.29.19', value: sequence(yes, integer(0)) },
      ...parts.extensions.filter(({ id }) => id !== '2.5.29.19'),
    ],
  }),
  (parts) => ({
    ...parts,
    extensions: [
      { id: '2.5.29.15', value: bits(Buffer.from([0x80]), 7) },
      ...parts.extensions.filter(({ id }) => id !== '2.5.29.15'),
    ],
  }),
  (parts) => ({ ...parts, extensions: [...parts.extensions, { id: '1.2.3.4', critical: true, value: octets('') }] }),
  (parts) => ({ ...parts, version: 1, extensions: [] }),
  (parts) => ({ ...parts, algorithm: parts.signer === 'rsa' ? 'sha1' : 'ecdsa1' }),
  (parts) => ({ ...parts, algorithm: parts.signer === 'rsa' ? 'pss256' : 'ecdsa384' }),
  (parts) => ({ ...parts, algorithm: 'unknown' }),
];

const chain = fc
  .integer({ min: 2, max: 5 })
  .chain((length) =>
    fc.tuple(
      fc.array(key, { minLength: length, maxLength: length }),
      fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, distinctExtensions(2)), {
        minLength: length,
        maxLength: length,
      }),
      fc.option(fc.tuple(fc.nat({ max: length - 1 }), fc.constantFrom(...changes)), { freq: 2 }),
      fc.constantFrom('asIs', 'asIs', 'asIs', 'shuffled', 'doubled'),
    ),
  )
  .map(([keyNames, extensions, change, order]) => {
    const certificates = chainText(extensions, keyNames, (parts, at) =>
      change?.[0] === at ? change[1](parts) : parts,
    );
    const middle = certificates.slice(1, -1);
    const arranged = order === 'shuffled' ? middle.reverse() : order === 'doubled' ? [...middle, ...middle] : middle;
    return [certificates[0]!, ...arranged, certificates.at(-1)!].join('');
  });

const now = 1_795_600_000n * 1_000_000_000n;
const option = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      DNSName: fc.constantFrom(
        'a.b',
        'A.B',
        'x.c.d',
        'c.d',
        'x.y.c.d',
        'a.b.',
        '"a.b"',
        '10.0.0.1',
        '[10.0.0.1]',
        '10.0.0.2',
        '::ffff:10.0.0.1',
        '',
        '*.c.d',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      CurrentTime: fc.constantFrom<Value>(
        now,
        1_577_836_799_999_999_999n,
        1_577_836_800_000_000_000n,
        2_208_988_800_000_000_000n,
        2_208_988_800_000_000_001n,
        'x',
        0.5,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      KeyUsages: fc
        .array(fc.constantFrom('KeyUsageAny', 'KeyUsageServerAuth', 'KeyUsageClientAuth', 'KeyUsageOCSPSigning'), {
          maxLength: 2,
        })
        .map((list): Value => list),
    }),
  },
  fc.constantFrom<Record<string, Value>>(
    {},
    { MaxConstraintComparisons: 5 },
    { KeyUsages: new RegoSet(['KeyUsageAny']) },
    { KeyUsages: ['nonsense'] },
    { KeyUsages: 'KeyUsageAny' },
    { Other: 1 },
  ),
);
const options = fc
  .array(option, { maxLength: 2 })
  .map((list) => object(Object.assign({}, ...list) as Record<string, Value>));

export function generatedChains(): readonly Call[] {
  // OPA goes by the clock where no time is given, we by the query's: the certificates hold until 2040.
  const verified = sample(chain, 500).map((text) => ({
    name: 'crypto.x509.parse_and_verify_certificates',
    args: [text],
  }));
  const name = 'crypto.x509.parse_and_verify_certificates_with_options';
  const withOptions = sample(fc.tuple(chain, options), 900).map((args) => ({ name, args }));
  const odd = [
    ['', object({})],
    [1, object({})],
    ['x', 1],
    [pem('CERTIFICATE', Buffer.from('x')), object({ Other: 1 })],
  ];
  return [
    ...verified,
    ...withOptions,
    ...odd.map((args) => ({ name, args: [...args, new RegoObject([[1, 2]])].slice(0, 2) })),
  ];
}
