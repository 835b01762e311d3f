import { uuid } from '../../../../../webhook/policy/builtins/uuid.ts';
import { expect } from 'chai';
import { declareAgreement } from './agreement.ts';
import { documentedUuids, generatedUuids } from './corpora/uuid.ts';

describe('policy/builtins uuid', function () {
  this.timeout(600_000);
  declareAgreement(uuid, { documented: documentedUuids, generated: generatedUuids() });

  it('makes a UUID of version 4 out of the randomness that it is given', () => {
    const context = { nowNanoseconds: 0n, cache: new Map() };
    const make = (random: () => number) => uuid['uuid.rfc4122']!([''], { ...context, cache: new Map(), random });
    expect(make(() => 0)).to.equal('00000000-0000-4000-8000-000000000000');
    expect(make(() => 1 - 2 ** -53)).to.equal('ffffffff-ffff-4fff-bfff-ffffffffffff');
  });

  it('gives one UUID for one argument within a query, and others for others', () => {
    const context = { nowNanoseconds: 0n, cache: new Map(), random: Math.random };
    const [first, again, other] = ['a', 'a', ['a']].map((key) => uuid['uuid.rfc4122']!([key], context));
    expect(again).to.equal(first);
    expect(other).not.to.equal(first);
    expect(uuid['uuid.rfc4122']!(['a'], { ...context, cache: new Map() })).not.to.equal(first);
  });
});
