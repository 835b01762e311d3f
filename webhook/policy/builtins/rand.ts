import { integerOperand, integerValue, stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

/** Uniform in [0, bound), for bounds of up to 63 bits; so many more bits are drawn that no remainder shows. */
function randomBelow(bound: bigint, random: () => number): bigint {
  const parts = Array.from({ length: 4 }, () => BigInt(Math.floor(random() * 2 ** 32)));
  return (bound * parts.reduce((bits, part) => (bits << 32n) | part, 0n)) >> 128n;
}

/** The family `rand`: one query gets the same number for the same name and bound, whenever it asks. */
export const rand: Readonly<Record<string, Builtin>> = {
  'rand.intn': (args, { random, cache }) => {
    const name = stringOperand(args, 1);
    const bound = integerOperand(args, 2);
    const size = bound < 0n ? -bound : bound;
    if (size === 0n) return 0;
    if (size === 2n ** 63n) throw new BuiltinError('operand 2 has no positive counterpart');
    const key = `rand.intn ${name}-${size}`;
    const known = cache.get(key);
    if (typeof known === 'bigint') return integerValue(known);
    const made = randomBelow(size, random);
    cache.set(key, made);
    return integerValue(made);
  },
};
