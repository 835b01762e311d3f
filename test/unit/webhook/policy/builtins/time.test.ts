import { expect } from 'chai';
import { time } from '../../../../../webhook/policy/builtins/time.ts';
import { declareAgreement } from './agreement.ts';
import { documentedTimes, generatedTimes, zonesThroughTime } from './corpora/time.ts';
import { expectAgreement, findOpa } from './oracle.ts';
import { shipZones } from './zones.ts';

describe('policy/builtins time', function () {
  this.timeout(600_000);
  shipZones();
  declareAgreement(time, { documented: documentedTimes, generated: generatedTimes() });

  it('knows each time zone in each era of its clocks', async () => {
    await expectAgreement(await findOpa(), time, zonesThroughTime());
  });

  it('gives the time at which the query began, whenever it is asked', () => {
    const context = { nowNanoseconds: 1_795_600_000_123_456_789n, random: () => 0, cache: new Map() };
    expect(time['time.now_ns']!([], context)).to.equal(1_795_600_000_123_456_789n);
    expect(time['time.now_ns']!([], { ...context, nowNanoseconds: 5n })).to.equal(5);
  });
});
