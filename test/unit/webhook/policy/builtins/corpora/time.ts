import fc from 'fast-check';
import { time } from '../../../../../../webhook/policy/builtins/time.ts';
import { zoneFilesByName } from '../../../../../../webhook/policy/builtins/time/zones.ts';
import { Decimal } from '../../../../../../webhook/policy/value/number.ts';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';
import { answer } from '../oracle.ts';
import type { Call } from '../oracle.ts';
import { value as anyValue } from '../corpus.ts';
import { sample } from './sample.ts';

const zoneNames = Array.from(zoneFilesByName(), ([name]) => name);

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

const nanoseconds = fc.oneof(
  fc.bigInt({ min: int64Min, max: int64Max }),
  fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
  fc.bigInt({ min: -86_400n, max: 86_400n }).map((seconds) => seconds * 1_000_000_000n),
  fc.constantFrom(int64Min, int64Max, int64Min - 1n, int64Max + 1n, 0n, -1n, 1n),
);
const zone = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...zoneNames) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'UTC', 'Local', 'utc', 'Europe', 'Europe/Nowhere', '../UTC', '/etc', 'CEST'),
  },
);

const pieces = [
  ...['January', 'Jan', 'Monday', 'Mon', 'MST', '01', '02', '03', '04', '05', '06', '002', '15', '1', '2006', '2'],
  ...['_2', '__2', '3', '4', '5', 'PM', 'pm', '-0700', '-07:00', '-07', '-070000', '-07:00:00', 'Z0700', 'Z07:00'],
  ...['Z07', 'Z070000', 'Z07:00:00', '.000', ',999', '.000000000', '.9', '.0', ',00', '.0000000000'],
];
const literals = [
  ' ',
  '  ',
  ':',
  '-',
  '/',
  'T',
  ', ',
  'é',
  '.',
  'uary',
  'day',
  '0',
  '6',
  '9',
  '_',
  'Z',
  '\u{1f600}',
  'x',
];
const named = [
  'ANSIC',
  'UnixDate',
  'RubyDate',
  'RFC822',
  'RFC822Z',
  'RFC850',
  'RFC1123',
  'RFC1123Z',
  'RFC3339',
  'RFC3339Nano',
];
const layout = fc.oneof(
  fc.constantFrom(...named, '', 'constructor', 'ansic'),
  fc.array(fc.constantFrom(...pieces, ...pieces, ...literals), { maxLength: 9 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...pieces), { maxLength: 7 }).map((parts) => parts.join(' ')),
);

/** A layout that names each part of a time once, as people write them. */
const sensible = fc
  .tuple(
    fc.constantFrom('2006', '06'),
    fc.constantFrom('01', '1', 'Jan', 'January'),
    fc.constantFrom('02', '2', '_2'),
    fc.constantFrom('15', '3PM', '03 pm'),
    fc.constantFrom('04', '4'),
    fc.constantFrom('05', '5', '05.000', '05.999999999', '05,000000'),
    fc.constantFrom('Z07:00', '-0700', 'MST', '-07:00:00', 'Z07', 'Monday', 'Mon', '002'),
  )
  .chain((parts) => fc.tuple(fc.shuffledSubarray(parts, { minLength: 5 }), fc.constantFrom(' ', '  ', '/', 'T', ', ')))
  .map(([parts, separator]) => parts.join(separator));

/** A text that the layout wrote, mostly; then damaged, sometimes: a cut, a doubled or a changed character. */
function damaged(text: string, kind: number, at: number, character: string): string {
  const place = text.length === 0 ? 0 : at % text.length;
  if (kind < 5) return text;
  if (kind === 5) return text.slice(0, place) + text.slice(place + 1);
  if (kind === 6) return text.slice(0, place) + character + text.slice(place);
  return text.slice(0, place) + character + text.slice(place + 1);
}
const damage = fc.tuple(
  fc.integer({ min: 0, max: 7 }),
  fc.nat({ max: 60 }),
  fc.constantFrom(...Array.from('0123456789+-:., TZaJé')),
);

/** What OPA's documentation and Go's say, and where others stumbled. */
export const documentedTimes: readonly Call[] = [
  ['time.parse_rfc3339_ns', '2024-02-29T12:30:45.123456789Z'],
  ['time.parse_rfc3339_ns', '2023-02-29T00:00:00Z'],
  ['time.parse_rfc3339_ns', '2024-06-01T1:00:00+02:00'],
  ['time.parse_rfc3339_ns', '2024-06-01T01:00:00,5+24:60'],
  ['time.parse_rfc3339_ns', '1677-09-21T00:12:43.145224192Z'],
  ['time.parse_rfc3339_ns', '1677-09-21T00:12:43.145224191Z'],
  ['time.parse_rfc3339_ns', '2262-04-11T23:47:16.854775807Z'],
  ['time.parse_rfc3339_ns', '2262-04-11T23:47:16.854775808Z'],
  ['time.parse_rfc3339_ns', '2024-06-01t01:00:00z'],
  ['time.parse_ns', '2006-01-02', '2024-06-01'],
  ['time.parse_ns', 'UnixDate', 'Sat Jun  1 12:00:00 CEST 2024'],
  ['time.parse_ns', 'RFC1123', 'Sat, 01 Jun 2024 12:00:00 GMT+3'],
  ['time.parse_ns', 'RFC1123', 'Sat, 01 Jun 2024 12:00:00 GMT+24'],
  ['time.parse_ns', 'RFC1123', 'sat, 01 jUN 2024 12:00:00 UTC'],
  ['time.parse_ns', '-07:00:00', '-00:00:01'],
  ['time.parse_ns', '2006 002', '2024 060'],
  ['time.parse_ns', '2006 002 01', '2024 060 03'],
  ['time.parse_ns', '2006 __2', '2023 366'],
  ['time.parse_ns', '3PM pm', '12PM am'],
  ['time.parse_ns', '06 01', '-5 01'],
  ['time.parse_ns', '05.000', '01.+12'],
  ['time.parse_ns', '05.000', '01.-00'],
  ['time.parse_ns', 'Jan', '\u212aan'],
  ['time.parse_duration_ns', '1h30m'],
  ['time.parse_duration_ns', '1d2h'],
  ['time.parse_duration_ns', '-1.5y'],
  ['time.parse_duration_ns', '1w1d1h1m1s1ms1us1µs1ns'],
  ['time.parse_duration_ns', '1μs'],
  ['time.parse_duration_ns', '1d1μs'],
  ['time.parse_duration_ns', '0.0000000001y'],
  ['time.parse_duration_ns', '-9223372036854775808ns'],
  ['time.parse_duration_ns', '9223372036854775808ns'],
  ['time.parse_duration_ns', '9223372036854775808ns9223372036854775808ns'],
  ['time.parse_duration_ns', '292y'],
  ['time.parse_duration_ns', '293y'],
  ['time.parse_duration_ns', `${'9'.repeat(400)}d`],
  ['time.parse_duration_ns', '.'],
  ['time.parse_duration_ns', '-0'],
  ['time.parse_duration_ns', '1.h.5s'],
  ['time.parse_duration_ns', '0.33333333333333333333333333333h'],
  ['time.format', 1_700_000_000_000_000_000n],
  ['time.format', [1_700_000_000_000_000_000n, 'Europe/Paris', 'RFC850']],
  ['time.format', [1_700_000_000_000_000_000n, 'Asia/Kathmandu', '']],
  ['time.format', [-5_000_000_000_000_000_000n, 'Africa/Monrovia', 'Z07:00:00 MST -070000']],
  ['time.format', [0, 'UTC', `05.${'0'.repeat(4096)}`]],
  ['time.format', [0, 'UTC', `05.${'0'.repeat(4099)}`]],
  ['time.format', []],
  ['time.format', [0, 1]],
  ['time.format', [0, 'UTC', null]],
  ['time.date', 1.5],
  ['time.date', new Decimal('1.00000000000000000000001')],
  ['time.date', new Decimal('1.0')],
  ['time.date', new Decimal('1e18')],
  ['time.date', new Decimal('1e400')],
  ['time.add_date', 0, int64Max, int64Max, int64Max],
  ['time.add_date', 0, 0, 0, int64Min],
  ['time.add_date', 0, 0, int64Min, 0],
  ['time.add_date', 0, 292_277_026_596n, 0, 0],
  ['time.add_date', 0, 0, 0, new Decimal('1.0')],
  ['time.add_date', 0, 0, 0, 0.5],
  ['time.add_date', [1_711_846_800_000_000_000n, 'Europe/Paris'], 0, 0, 0],
  ['time.add_date', 1_709_164_800_000_000_000n, 1, 0, 0],
  ['time.diff', 0, [int64Max, 'Mars/Olympus']],
  ['time.diff', int64Min, int64Max],
  ['time.diff', 1_709_164_800_000_000_000n, 1_711_756_799_000_000_000n],
].map(([name, ...args]) => ({ name: name as string, args }));

export function generatedTimes(): readonly Call[] {
  const placed = fc.oneof(
    nanoseconds.map((value): Value => value),
    fc.tuple(nanoseconds, zone).map((parts): Value => parts),
    fc.tuple(nanoseconds, zone, layout).map((parts): Value => parts),
  );
  const call = (name: string, args: readonly Value[]): Call => ({ name, args });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -400, max: 400 }).map((value): Value => value) },
    { weight: 1, arbitrary: fc.bigInt({ min: int64Min, max: int64Max }).map((value): Value => value) },
  );
  const written = fc
    .tuple(nanoseconds, zone, fc.oneof(layout, sensible, sensible), damage)
    .map(([at, place, form, how]) => {
      const text = answer(time, call('time.format', [[at, place, form]]));
      return call('time.parse_ns', [form, damaged(typeof text === 'string' ? text : 'x', ...how)]);
    });
  const rfc3339 = fc.tuple(nanoseconds, zone, damage).map(([at, place, how]) => {
    const text = answer(time, call('time.format', [[at, place]]));
    return call('time.parse_rfc3339_ns', [damaged(typeof text === 'string' ? text : 'x', ...how)]);
  });
  const amount = fc.oneof(
    { weight: 8, arbitrary: fc.nat({ max: 400 }).map(String) },
    { weight: 4, arbitrary: fc.double({ min: 0, max: 1e3, noNaN: true }).map(String) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('.', '1.', '.5', '1.2.3', '', '9223372036854775807', '9223372036854775808'),
    },
  );
  const unit = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h', 'd', 'w', 'y') },
    { weight: 1, arbitrary: fc.constantFrom('x', 'H', '', ' h', 'é') },
  );
  const duration = fc
    .tuple(fc.constantFrom('', '', '-', '+'), fc.array(fc.tuple(amount, unit), { maxLength: 3 }))
    .map(([sign, segments]) => call('time.parse_duration_ns', [sign + segments.flat().join('')]));
  const of = ['time.format', 'time.date', 'time.clock', 'time.weekday'];
  return [
    ...sample(
      fc.tuple(fc.constantFrom(...of), placed).map(([name, value]) => call(name, [value])),
      1_500,
    ),
    ...sample(
      fc.tuple(placed, step, step, step).map((args) => call('time.add_date', args)),
      800,
    ),
    ...sample(
      fc.tuple(placed, placed).map((args) => call('time.diff', args)),
      500,
    ),
    ...sample(written, 2_000),
    ...sample(rfc3339, 500),
    ...sample(duration, 800),
    ...sample(
      fc.tuple(fc.constantFrom(...of), anyValue).map(([name, value]) => call(name, [value])),
      100,
    ),
  ];
}

/** Each time zone in years around which the world changed its clocks, and far from them. */
export function zonesThroughTime(): readonly Call[] {
  const years = [1890, 1916, 1942, 1970, 1995, 2024, 2026, 2037, 2038, 2100, 2200];
  return zoneNames.flatMap((name) =>
    years.map((year, index) => {
      const at = BigInt(Date.UTC(year, (index * 5) % 12, 1 + index)) * 1_000_000n;
      return { name: 'time.format', args: [[at, name, '2006-01-02T15:04:05 MST -07:00:00']] };
    }),
  );
}
