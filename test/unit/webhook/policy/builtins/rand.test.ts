import { expect } from 'chai';
import fc from 'fast-check';
import { rand } from '../../../../../webhook/policy/builtins/rand.ts';
import { BuiltinError } from '../../../../../webhook/policy/builtins/types.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { declareAgreement } from './agreement.ts';
import type { Call } from './oracle.ts';

function draw(
  args: readonly Value[],
  random: () => number = Math.random,
  cache = new Map<string, unknown>(),
): Value | undefined {
  return rand['rand.intn']!(args, { nowNanoseconds: 0n, random, cache });
}

describe('policy/builtins rand', function () {
  this.timeout(600_000);
  // What OPA draws is its own: only what leaves no choice can be compared.
  const calls = [
    ['x', 0],
    ['x', 1],
    ['x', -1],
    ['x', 0.5],
    [1, 1],
    ['x', '1'],
    ['x', 2n ** 63n],
  ].map((args): Call => ({ name: 'rand.intn', args }));
  declareAgreement(rand, { documented: calls, generated: [] });

  it('draws below the bound, whatever its size or sign', () => {
    const bound = fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }));
    fc.assert(
      fc.property(
        bound,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 4 }),
        (of, numbers) => {
          let at = 0;
          const drawn = BigInt(draw(['x', of], () => numbers[at++ % numbers.length]!) as number | bigint);
          const size = BigInt(of) < 0n ? -BigInt(of) : BigInt(of);
          expect(drawn >= 0n && (drawn < size || size === 0n)).to.equal(true);
        },
      ),
    );
    expect(draw(['x', 6], () => 0)).to.equal(0);
    expect(draw(['x', 6], () => 1 - 2 ** -53)).to.equal(5);
  });

  it('reaches every number below a small bound', () => {
    const drawn = new Set(Array.from({ length: 2_000 }, () => draw(['x', 6])));
    expect([...drawn].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('gives one number for one name and bound within a query', () => {
    const cache = new Map<string, unknown>();
    const first = draw(['x', 2n ** 62n], Math.random, cache);
    expect(draw(['x', -(2n ** 62n)], Math.random, cache)).to.equal(first);
    expect(draw(['y', 2n ** 62n], Math.random, cache)).not.to.equal(first);
  });

  it('refuses the one bound that has no positive counterpart, at which OPA ends in a panic', () => {
    expect(() => draw(['x', -(2n ** 63n)])).to.throw(BuiltinError);
  });
});
