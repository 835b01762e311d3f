import fc from 'fast-check';

/** The same arguments in every run: what differs from OPA is found again. */
const seed = 20_261_125;

export function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed });
}
