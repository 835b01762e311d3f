import fc from 'fast-check';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';
import { callsOf } from '../corpus.ts';
import type { Call } from '../oracle.ts';

const number = fc.oneof(
  { weight: 40, arbitrary: fc.nat({ max: 3 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('9223372036854775807', '9223372036854775808', '01', '-1', '+1', '', '1_0', '٣'),
  },
);
const identifier = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('alpha', 'beta', 'rc', 'a', 'A', '-', '0', '1', '2', '10', '1a', 'a-b') },
  { weight: 1, arbitrary: fc.constantFrom('', '01', '9223372036854775808', 'é', ' ', '_') },
);
const identifiers = fc.array(identifier, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const version = fc
  .tuple(
    fc.constantFrom('', '', '', 'v', 'v'),
    fc.oneof({ weight: 12, arbitrary: fc.tuple(number, number, number) }, fc.array(number, { maxLength: 4 })),
    fc.option(identifiers, { nil: undefined }),
    fc.option(identifiers, { nil: undefined, freq: 1 }),
  )
  .map(([prefix, numbers, preRelease, build]) => {
    const tail = `${preRelease === undefined ? '' : `-${preRelease}`}${build === undefined ? '' : `+${build}`}`;
    return `${prefix}${numbers.join('.')}${tail}`;
  });

/** The order of section 11 of semver.org, ascending. */
const ascending = [
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '2.0.0',
  '2.1.0',
  '2.1.1',
];
const odd = [
  'v1.0.0',
  'vv1.0.0',
  '1.0.0+build-1',
  '1.0.0-1+2-3',
  '1.0.0-',
  '1.0.0+',
  '1.0',
  '1.0.0\n',
  ' 1.0.0',
  '1.0.0-a..b',
];
// Two that differ only beyond 64 bits keep OPA busy for ever; what comes after them tells that they are equal.
const big = ['1.0.0-9223372036854775808.1', '1.0.0-9223372036854775807.2', '1.0.0-99999999999999999999.3'];

export const documentedVersions: readonly Call[] = [
  ...ascending.flatMap((a) => ascending.map((b): Call => ({ name: 'semver.compare', args: [a, b] }))),
  ...big.flatMap((a) => big.map((b): Call => ({ name: 'semver.compare', args: [a, b] }))),
  ...[...odd, 1, null].map((text: Value): Call => ({ name: 'semver.is_valid', args: [text] })),
  ...odd.map((text): Call => ({ name: 'semver.compare', args: [text, '1.0.0'] })),
];

export function generatedVersions(): readonly Call[] {
  return [...callsOf('semver.compare', [version, version], 2_000), ...callsOf('semver.is_valid', [version], 1_000)];
}
