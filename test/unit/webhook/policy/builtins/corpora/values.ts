import fc from 'fast-check';
import { RegoObject, RegoSet } from '../../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../../webhook/policy/value/value.ts';

/** The seed of all corpora: a run that fails fails again. */
const seed = 20_261_125;

export function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed });
}

/** Any value, small. */
export const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false, 0, -1, 1, 0.5, 12345678901234567890n, '', 'a', 'ü'),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => new RegoSet(values)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new RegoObject(entries)),
  ),
}));
