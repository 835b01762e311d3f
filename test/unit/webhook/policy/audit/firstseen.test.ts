import { expect } from 'chai';
import fc from 'fast-check';
import {
  capFirstSeen,
  firstSeenKey,
  mergeFirstSeen,
  policyKey,
  policyOf,
  readFirstSeen,
  writeFirstSeen,
} from '../../../../../webhook/policy/audit/firstseen.ts';
import type { FirstSeen } from '../../../../../webhook/policy/audit/firstseen.ts';

const object = { kind: 'Pod', namespace: 'shop', name: 'web-1' };

/** Few keys, so that maps overlap. */
const keys = Array.from({ length: 12 }, (_, at) => firstSeenKey(`p${at % 3}`, { ...object, name: `web-${at}` }));
const seconds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const maps: fc.Arbitrary<FirstSeen> = fc
  .array(fc.tuple(fc.constantFrom(...keys), seconds), { maxLength: 20 })
  .map((entries) => new Map(entries));
const sorted = (map: FirstSeen): readonly (readonly [string, number])[] =>
  [...map].sort(([left], [right]) => (left < right ? -1 : 1));

describe('policy/audit/firstseen', () => {
  it('merges in any order, in any grouping, and any number of times to the same', () => {
    let overlapping = 0;
    fc.assert(
      fc.property(maps, maps, maps, (a, b, c) => {
        if ([...a.keys()].some((key) => b.has(key) && b.get(key) !== a.get(key))) overlapping += 1;
        const merged = sorted(mergeFirstSeen(a, b));
        expect(sorted(mergeFirstSeen(b, a))).to.deep.equal(merged);
        expect(sorted(mergeFirstSeen(mergeFirstSeen(a, b), c))).to.deep.equal(
          sorted(mergeFirstSeen(a, mergeFirstSeen(b, c))),
        );
        expect(sorted(mergeFirstSeen(mergeFirstSeen(a, b), b))).to.deep.equal(merged);
        expect(sorted(mergeFirstSeen(a, a))).to.deep.equal(sorted(a));
        for (const [key, at] of merged) {
          expect(at).to.equal(Math.min(a.get(key) ?? Infinity, b.get(key) ?? Infinity));
        }
      }),
      { numRuns: 500 },
    );
    expect(overlapping, 'maps that disagree were among the generated ones').to.be.greaterThan(100);
  });

  it('writes and reads back, equal maps to equal texts', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const text = writeFirstSeen(map);
        expect(sorted(readFirstSeen(text))).to.deep.equal(sorted(map));
        expect(writeFirstSeen(new Map([...map].reverse()))).to.equal(text);
      }),
    );
  });

  it('reads what was cut or is no base64 as far as it goes', () => {
    const text = writeFirstSeen(new Map(keys.map((key, at) => [key, at])));
    expect(readFirstSeen(text.slice(0, 60)).size).to.equal(2);
    expect(readFirstSeen('').size).to.equal(0);
    expect(readFirstSeen('!?').size).to.equal(0);
  });

  it('has room for 5 000 entries in an eighth of a ConfigMap', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => firstSeenKey('p', { ...object, name: `web-${at}` }));
    expect(writeFirstSeen(new Map(many.map((key) => [key, 1_764_057_600]))).length).to.be.lessThan(2 ** 17);
    expect(new Set(many).size).to.equal(5_000);
  });

  it('lets the oldest go', () => {
    const [a = '', b = '', c = ''] = keys;
    const map = new Map([
      [a, 30],
      [b, 10],
      [c, 20],
    ]);
    expect(capFirstSeen(map, 3)).to.deep.equal({ kept: map, dropped: [] });
    expect(capFirstSeen(map, 1).dropped).to.deep.equal([c, b]);
    expect([...capFirstSeen(map, 1).kept]).to.deep.equal([[a, 30]]);
  });

  it('tells policies, kinds, namespaces and names apart', () => {
    const variants = [
      firstSeenKey('p', object),
      firstSeenKey('q', object),
      firstSeenKey('p', { ...object, kind: 'apps/Pod' }),
      firstSeenKey('p', { ...object, namespace: 'bank' }),
      firstSeenKey('p', { ...object, name: 'web-2' }),
      firstSeenKey('p', { kind: 'Pod', namespace: '', name: 'shop\nweb-1' }),
    ];
    expect(new Set(variants).size).to.equal(variants.length);
    expect(variants.map(policyOf).filter((key) => key === policyKey('p'))).to.have.length(5);
  });
});
