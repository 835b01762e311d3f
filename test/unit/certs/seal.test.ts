import { expect } from 'chai';
import fc from 'fast-check';
import { readSeal, rotateSeal } from '../../../certs/seal.ts';
import type { SealGenerations } from '../../../certs/seal.ts';

const times = { sealMs: 1_000, overlapMs: 100 };
let made = 0;
const create = (createdAt: string) => ({
  id: `k${(made += 1)}`,
  secret: Buffer.alloc(32, made).toString('base64'),
  createdAt,
});

describe('Seal keys', () => {
  it('are made when there is none, and introduced before they are used', () => {
    const first = rotateSeal(undefined, 0, times, create)!;
    expect(rotateSeal(first, 999, times, create)).to.equal(undefined);
    const introduced = rotateSeal(first, 1_000, times, create)!;
    expect(introduced.current).to.equal(first.current);
    expect(rotateSeal(introduced, 1_099, times, create)).to.equal(undefined);
    const used = rotateSeal(introduced, 1_100, times, create)!;
    expect(used).to.deep.equal({ current: introduced.previous, previous: first.current });
    expect(rotateSeal(used, 1_999, times, create)).to.equal(undefined);
  });

  it('are read as they were written; what is unusable is none', () => {
    const keys = rotateSeal(rotateSeal(undefined, 0, times, create), 1_000, times, create)!;
    expect(readSeal(JSON.stringify(keys))).to.deep.equal(keys);
    expect(readSeal(JSON.stringify({ ...keys, previous: { id: 'x' } }))).to.deep.equal({ current: keys.current });
    for (const bad of [
      undefined,
      '',
      'no json',
      'null',
      '{"current":{"id":"a","secret":"c2hvcnQ=","createdAt":"x"}}',
    ]) {
      expect(readSeal(bad)).to.equal(undefined);
    }
  });

  it('a replica that hears of changes within the overlap accepts whatever another one seals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 5, maxLength: 60 }), (steps) => {
        const versions: { readonly at: number; readonly keys: SealGenerations }[] = [];
        let [now, keys] = [0, rotateSeal(undefined, 0, times, create)!];
        versions.push({ at: 0, keys });
        for (const step of steps) {
          now += step;
          const next = rotateSeal(keys, now, times, create);
          if (next !== undefined) versions.push({ at: now, keys: (keys = next) });
          // Any two replicas, each late by less than the overlap: those versions that one of them may hold now.
          const held = versions.filter((_, index) => (versions[index + 1]?.at ?? Infinity) > now - times.overlapMs);
          for (const sealer of held) {
            for (const checker of held) {
              const known = [checker.keys.current.id, checker.keys.previous?.id];
              expect(known).to.include(sealer.keys.current.id);
            }
          }
        }
      }),
    );
  });
});
