import fc from 'fast-check';
import { RegoObject, RegoSet } from '../../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';
import { callsOf } from '../corpus.ts';
import type { Call } from '../oracle.ts';

const octet = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 127, 128, 191, 192, 255));
const version4 = fc.array(octet, { minLength: 4, maxLength: 4 }).map((octets) => octets.join('.'));
const group = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0, 0, 1, 0xffff));
const groups = fc.array(group, { minLength: 8, maxLength: 8 });
const version6 = fc.oneof(
  groups.map((parts) => parts.map((part) => part.toString(16)).join(':')),
  groups.map((parts) =>
    parts
      .map((part) => part.toString(16))
      .join(':')
      .replace(/:0(:0)+:|^0(:0)+:|:0(:0)+$/, '::'),
  ),
  version4.map((address) => `::ffff:${address}`),
  fc.constantFrom('::', '::1', '1::', 'FE80::1', 'fe80::1%eth0', '1:2:3:4:5:6:1.2.3.4', '64:ff9b::1.2.3.4'),
);
const broken = fc.constantFrom(
  ...['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.4 ', ' 1.2.3.4', '1..2.3', '.1.2.3', '+1.2.3.4'],
  ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'g::', '1::2:3:4:5:6:7:8', '::1.2.3'],
  ...['1:2:3:4:5:6:7:1.2.3.4', '::1.2.3.4:5', '1.2.3.4:5', ':1::', '::1:', 'fe80::1%', '%eth0', '١.٢.٣.٤'],
);
const length = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 32 }).map(String) },
  { weight: 4, arbitrary: fc.integer({ min: 33, max: 129 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('', '08', '+8', '-1', '8 ', '1e1', '00000000000008', '16777216', '8/8') },
);
const withLength = (address: fc.Arbitrary<string>) => fc.tuple(address, length).map((parts) => parts.join('/'));
const cidr = fc.oneof(
  { weight: 6, arbitrary: withLength(version4) },
  { weight: 4, arbitrary: withLength(version6) },
  { weight: 1, arbitrary: withLength(broken) },
);
const any = fc.oneof({ weight: 6, arbitrary: cidr }, { weight: 3, arbitrary: version4 }, version6, broken);

const many = (of: fc.Arbitrary<Value>, most: number) => fc.array(of, { maxLength: most });
const element = fc.oneof(
  { weight: 8, arbitrary: cidr.map((text): Value => text) },
  { weight: 2, arbitrary: fc.tuple(any, fc.integer()).map((parts): Value => parts) },
);
const key = fc.oneof(fc.string({ maxLength: 3 }), fc.integer());
const indexed = fc.oneof(
  many(element, 4),
  many(element, 4).map((values): Value => new RegoSet(values)),
  fc.array(fc.tuple(key, element), { maxLength: 4 }).map((entries): Value => new RegoObject(entries)),
  any,
);

/** Few networks that meet each other often: small blocks of one network of version 4 and one of version 6. */
const neighbour4 = fc
  .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 22, max: 32 }))
  .map(([host, bits]) => `10.1.${host >> 8}.${host & 255}/${bits}`);
const neighbour6 = fc
  .tuple(fc.integer({ min: 0, max: 0xfff }), fc.integer({ min: 116, max: 128 }))
  .map(([host, bits]) => `2001:db8::${host.toString(16)}/${bits}`);
// OPA itself ends in a panic when it merges networks of version 6 whose addresses begin with a zero byte, or are mapped.
const high6 = fc.tuple(fc.integer({ min: 0x1000, max: 0xffff }), fc.integer({ min: 8, max: 128 }));
const mergeable = fc.oneof(
  { weight: 8, arbitrary: neighbour4 },
  { weight: 4, arbitrary: neighbour6 },
  { weight: 2, arbitrary: version4 },
  { weight: 2, arbitrary: fc.tuple(version4, fc.integer({ min: 0, max: 33 })).map((parts) => parts.join('/')) },
  { weight: 2, arbitrary: high6.map(([first, bits]) => `${first.toString(16)}::1:0/${bits}`) },
  { weight: 1, arbitrary: fc.constantFrom('0.0.0.0/1', '128.0.0.0/1', '8000::/1', '2001:db8::1', '10.1.0.0/8') },
);
const mergeables = fc
  .tuple(fc.array(mergeable, { maxLength: 8 }), fc.boolean())
  .map(([values, isSet]): Value => (isSet ? new RegoSet(values) : values));

export const documentedNetworks: readonly Call[] = [
  ['net.cidr_contains_matches', '1.1.1.0/24', '1.1.1.128'],
  ['net.cidr_contains_matches', [['1.1.0.0/16', 'foo', 1], '1.1.2.0/24'], ['1.1.1.128', ['1.1.254.254', 'bar']]],
  ['net.cidr_contains_matches', new RegoSet(['1.1.0.0/16', '2.0.0.0/8']), new RegoObject([['x', '1.1.1.128']])],
  ['net.cidr_contains_matches', [], 1],
  ['net.cidr_contains_matches', 1, 'nonsense'],
  ['net.cidr_contains_matches', ['1.1.1.0/24'], [[]]],
  ['net.cidr_contains_matches', '::/80', '::/80'],
  ['net.cidr_contains_matches', '::ffff:1.2.3.0/120', '1.2.3.4'],
  ['net.cidr_contains_matches', '::/0', '1.2.3.4'],
  ['net.cidr_expand', '192.168.0.0/30'],
  ['net.cidr_expand', '255.255.255.252/30'],
  ['net.cidr_expand', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126'],
  ['net.cidr_expand', '::ffff:1.2.3.4/126'],
  ['net.cidr_is_valid', '2001:db8::/32'],
  ['net.cidr_is_valid', 1],
  ['net.cidr_merge', ['192.0.128.0/24', '192.0.129.0/24']],
  ['net.cidr_merge', new RegoSet(['10.1.2.3', '192.168.1.1'])],
  ['net.cidr_merge', ['2001:db8::1']],
  ['net.cidr_merge', ['0.0.0.0/0', '::/0']],
  ['net.cidr_merge', ['0.0.0.0/8', '0.0.0.0/8', '1.0.0.0/8', '3.0.0.0/8']],
  ['net.cidr_merge', []],
  ['net.cidr_merge', 'x'],
  ['net.cidr_merge', [1]],
].map(([name, ...args]) => ({ name: name as string, args }));

export function generatedNetworks(): readonly Call[] {
  const small = fc.oneof(
    fc.tuple(version4, fc.integer({ min: 22, max: 32 })).map((parts) => parts.join('/')),
    fc.tuple(version6, fc.integer({ min: 120, max: 128 })).map((parts) => parts.join('/')),
    withLength(broken),
  );
  return [
    ...callsOf('net.cidr_contains_matches', [indexed, indexed], 1_500),
    ...callsOf('net.cidr_expand', [small], 150),
    ...callsOf('net.cidr_is_valid', [fc.oneof(cidr, any)], 1_000),
    ...callsOf('net.cidr_merge', [mergeables], 1_500),
  ];
}
