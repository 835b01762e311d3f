import fc from 'fast-check';
import { seed } from '../corpus.ts';

/** As many values as asked for, the same in every run with the same seed. */
export function sample<T>(arbitrary: fc.Arbitrary<T>, count: number): readonly T[] {
  return fc.sample(arbitrary, { numRuns: count, seed });
}
