import fc from 'fast-check';
import { callsOf } from '../corpus.ts';
import type { Call } from '../oracle.ts';

const amount = fc.oneof(
  { weight: 5, arbitrary: fc.nat({ max: 5_000 }).map(String) },
  { weight: 4, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }).map(String) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(), fc.nat()).map((parts) => parts.join('.')) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat({ max: 99 }), fc.integer({ min: -30, max: 30 })).map((parts) => parts.join('e')),
  },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 90n }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '.',
      '1.',
      '.5',
      '1.2.3',
      '+1',
      '-1',
      '--1',
      '1-1',
      '1e+3',
      '1E-2',
      '1e',
      '1e+',
      '٣',
      '0x10',
      '1_0',
      '007',
      'e5',
      'Inf',
    ),
  },
);
const letters = ['', 'k', 'm', 'g', 't', 'p', 'e'];
const unit = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...letters),
        fc.constantFrom('', '', 'i', 'I'),
        fc.constantFrom('', '', 'b', 'B'),
        fc.boolean(),
      )
      .map(([letter, binary, byte, isUpper]) => (isUpper ? letter.toUpperCase() : letter) + binary + byte),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x', ' k', 'k ', '"k"', 'Kİ', '\u212a', '\u212ai', 'µ', 'ka', 'mm', 'e5', 'eiB', '"'),
  },
);
const quantity = fc.tuple(amount, unit).map((parts) => parts.join(''));

const quantities = [
  ...[
    '10',
    '10K',
    '10KiB',
    '10 K',
    '100m',
    '1000m',
    '0.1M',
    '1.5Gi',
    '200Mi',
    '1e3',
    '1e3k',
    '1E',
    '1Ei',
    '1e',
    '"5k"',
  ],
  ...[
    '',
    'k',
    '0.0005m',
    '0.00000000005',
    '0.00000000015',
    '-0.00000000005',
    '-1.5',
    '16E',
    '8.5eib',
    '1e-400',
    '1e400',
  ],
  ...['1e1000000', '0.00001e-999999', '0.1e-999999', '1.e5', `${'9'.repeat(400)}Mi`, '3.7', '-3.7'],
];

/** Exact arithmetic on a million digits takes OPA seconds: so only these two. */
const huge: readonly Call[] = ['1e999999', '1e-999999'].map((text) => ({ name: 'units.parse_bytes', args: [text] }));

export const documentedUnits: readonly Call[] = [
  ...quantities.flatMap((text) => ['units.parse', 'units.parse_bytes'].map((name): Call => ({ name, args: [text] }))),
  ...huge,
];

export function generatedUnits(): readonly Call[] {
  return [...callsOf('units.parse', [quantity], 2_000), ...callsOf('units.parse_bytes', [quantity], 2_000)];
}
