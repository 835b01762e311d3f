import fc from 'fast-check';
import type { Extension } from './certificate.ts';
import { bits, context, element, explicit, integer, octets, oid, sequence, yes } from './der.ts';

const constant = (...buffers: readonly Buffer[]) => fc.constantFrom(...buffers);

const dnsNames = ['a.b', '*.a.b', 'A.b', 'x.a.b', 'b', '', '.b', 'b.', 'a b', 'a..b', '*', '_x.b', 'a-.b', 'ü.b'];
const uris = [
  ...['spiffe://a.b/x', 'http://u:p@a.b:80/x%20y?q#f', 'mailto:x@a.b', 'http://1.2.3.4/', 'http://[::1]:80/', 'a:/b'],
  ...[
    '//a.b',
    '*',
    'http://a b/',
    ':x',
    'http://a.b/%zz',
    'urn:x:y',
    '/p?',
    'http://a.b/a%2Fb/[]#a%2f!',
    'x:y?',
    './a:b',
  ],
];
const emails = ['x@a.b', 'x@b', '@b', 'x', '"q q"@a.b', 'a..b@b', 'X@A.B', 'x@b.', 'ü@b'];
const ips = ['0a000001', '00000000000000000000000000000001', '00000000000000000000ffff0a000001', '0a0000', ''];

const generalName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...dnsNames).map((text) => context(2, text)) },
  { weight: 2, arbitrary: fc.constantFrom(...uris).map((text) => context(6, text)) },
  { weight: 2, arbitrary: fc.constantFrom(...emails).map((text) => context(1, text)) },
  { weight: 2, arbitrary: fc.constantFrom(...ips).map((hex) => context(7, Buffer.from(hex, 'hex'))) },
  constant(explicit(4, sequence()), context(8, '\u002a\u0003'), explicit(0, oid('1.2.3'))),
);
const alternativeNames = fc.array(generalName, { maxLength: 3 }).map((names) => sequence(...names));

const constraint = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('b', '.b', 'a.b', 'x.a.b', '', 'B', 'c', 'a.').map((text) => context(2, text)),
  },
  { weight: 2, arbitrary: fc.constantFrom('b', 'a.b', 'x@a.b', '', 'x@').map((text) => context(1, text)) },
  { weight: 2, arbitrary: fc.constantFrom('b', '.b', 'a.b', '1.2.3.4', '').map((text) => context(6, text)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        '0a000000ff000000',
        '0a000001ff000000',
        '0b000000ffffff00',
        '0a000000ff00ff00',
        `${'00'.repeat(16)}${'00'.repeat(16)}`,
        '0a',
      )
      .map((hex) => context(7, Buffer.from(hex, 'hex'))),
  },
  constant(explicit(4, sequence())),
);
const subtrees = fc.array(constraint, { maxLength: 2 }).map((list) => list.map((base) => sequence(base)));
const nameConstraints = fc
  .tuple(fc.option(subtrees), fc.option(subtrees))
  .map(([permitted, excluded]) =>
    sequence(
      ...(permitted === null ? [] : [explicit(0, ...permitted)]),
      ...(excluded === null ? [] : [explicit(1, ...excluded)]),
    ),
  );

const policyOids = ['1.2.3', '1.2.4', '2.5.29.32.0', '2.999.1', '1.2.4294967296.1'];
const policies = fc
  .array(fc.constantFrom(...policyOids), { maxLength: 2 })
  .map((list) => sequence(...list.map((policy) => sequence(oid(policy)))));
const mappings = fc
  .array(fc.tuple(fc.constantFrom(...policyOids), fc.constantFrom(...policyOids)), { maxLength: 2 })
  .map((list) => sequence(...list.map(([from, to]) => sequence(oid(from), oid(to)))));

const usages = [
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.9',
  '2.5.29.37.0',
  '1.2.3',
  '1.3.6.1.4.1.311.61.1.1',
];

/** Values of each extension, sound ones and broken ones. */
export const extensionValues: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  '2.5.29.14': constant(octets('id'), octets(''), octets('other'), sequence()),
  '2.5.29.15': constant(
    bits(Buffer.from([0x06]), 1),
    bits(Buffer.from([0x80]), 7),
    bits(Buffer.from([0xff, 0x80]), 7),
    bits(Buffer.from([0x01]), 1),
    bits(Buffer.alloc(0)),
    octets(''),
  ),
  '2.5.29.17': alternativeNames,
  '2.5.29.19': constant(
    sequence(yes),
    sequence(yes, integer(0)),
    sequence(yes, integer(1)),
    sequence(),
    sequence(integer(3)),
    sequence(yes, integer(-1)),
    sequence(element(0x01, Buffer.from([1]))),
  ),
  '2.5.29.30': nameConstraints,
  '2.5.29.31': constant(
    sequence(sequence(explicit(0, explicit(0, context(6, 'http://x'), context(6, Buffer.from([0xc3])))))),
    sequence(sequence(context(1, '\u0000')), sequence(explicit(0, explicit(0, context(2, 'x'), context(6, 'y'))))),
    sequence(),
    sequence(sequence(explicit(0, explicit(1)))),
  ),
  '2.5.29.32': policies,
  '2.5.29.33': mappings,
  '2.5.29.35': constant(
    sequence(context(0, 'id')),
    sequence(context(0, 'other')),
    sequence(),
    sequence(context(2, '1')),
    octets(''),
  ),
  '2.5.29.36': constant(
    sequence(integer(0, 0x80)),
    sequence(integer(1, 0x80), integer(0, 0x81)),
    sequence(integer(-5, 0x81)),
    sequence(),
    sequence(integer(2n ** 64n, 0x80)),
  ),
  '2.5.29.37': fc
    .array(fc.constantFrom(...usages), { maxLength: 3 })
    .map((list) => sequence(...list.map((usage) => oid(usage)))),
  '2.5.29.54': constant(integer(0), integer(1), integer(-1), integer(2n ** 63n), octets('')),
  '1.3.6.1.5.5.7.1.1': constant(
    sequence(
      sequence(oid('1.3.6.1.5.5.7.48.1'), context(6, 'http://ocsp')),
      sequence(oid('1.3.6.1.5.5.7.48.2'), context(6, 'http://ca')),
      sequence(oid('1.3.6.1.5.5.7.48.2'), context(2, 'x')),
      sequence(oid('1.2.3'), context(6, 'http://other')),
    ),
    sequence(sequence(oid('1.3.6.1.5.5.7.48.1'))),
  ),
  '1.2.3.4': constant(octets('anything'), Buffer.alloc(0)),
  '2.5.29.99': constant(Buffer.from('raw')),
};

/** One extension, critical or not. */
export const extension: fc.Arbitrary<Extension> = fc
  .constantFrom(...Object.keys(extensionValues))
  .chain((id) => fc.record({ id: fc.constant(id), critical: fc.boolean(), value: extensionValues[id]! }));
