import fc from 'fast-check';
import { readNumber } from '../../../../../webhook/policy/value/number.ts';
import { RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import type { Call } from './oracle.ts';

/** The same arguments in every run: what differs from OPA is found again. */
const seed = 20261125;

/** Any character but half of one, which no text of OPA holds; control characters and beyond 65 536 among them. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', ' ', '\n', 'é', '日本語', '\u{1f600}', 'app.kubernetes.io/name', '\u0000', '\ufeff'),
  },
);

/** Numbers by their spelling: small, beyond 64 bits, beyond doubles, with fractions of zero. */
export const number: fc.Arbitrary<Value> = fc.oneof(
  fc.integer(),
  fc.integer({ min: -3, max: 12 }),
  fc.bigInt({ min: -(2n ** 130n), max: 2n ** 130n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc
    .constantFrom(
      ...['1.0', '-1.0', '1e2', '1.5e3', '1e21', '1e400', '-1e400', '1e-400', '0.1', '-0', '-0.0', '100.50'],
      ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
      ...['18446744073709551616', '0.30000000000000000001', '123456789012345678.0', '1234567890123456789.0', '2.5'],
    )
    .map(readNumber),
);

export const scalar: fc.Arbitrary<Value> = fc.oneof(fc.constant(null), fc.boolean(), number, text);

/** Any value of Rego, three levels deep. */
export const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => new RegoSet(values)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new RegoObject(entries)),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map((entries) => new RegoObject(entries)),
  ),
}));

/** An object of Rego from a plain one, an array of entries, or nothing. */
export function object(entries: Readonly<Record<string, Value>>): RegoObject {
  return new RegoObject(Object.entries(entries));
}

/** Now and then another type than the built-in takes: it must be as undefined as OPA's. */
export function orAnything(of: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 24, arbitrary: of }, { weight: 1, arbitrary: value });
}

/** So many calls of a built-in with generated arguments. */
export function callsOf(name: string, args: readonly fc.Arbitrary<Value>[], count: number): readonly Call[] {
  const tuples = fc.tuple(...args.map(orAnything));
  return fc.sample(tuples, { numRuns: count, seed }).map((tuple) => ({ name, args: tuple }));
}
