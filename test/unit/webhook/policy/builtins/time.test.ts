import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { time } from '../../../../../webhook/policy/builtins/time.ts';
import { zoneFilesByName } from '../../../../../webhook/policy/builtins/time/zones.ts';
import { declareAgreement } from './agreement.ts';
import { documentedTimes, generatedTimes, zonesThroughTime } from './corpora/time.ts';
import { expectAgreement, findOpa } from './oracle.ts';

describe('policy/builtins time', function () {
  this.timeout(600_000);
  let folder = '';
  before(async () => {
    // OPA reads the zones that we ship, not those of this machine, which may be older or newer.
    folder = await mkdtemp(join(tmpdir(), 'remora-zones-'));
    for (const [name, file] of zoneFilesByName()) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), file);
    }
    process.env['ZONEINFO'] = folder;
    process.env['TZ'] = 'UTC';
  });
  after(async () => {
    delete process.env['ZONEINFO'];
    await rm(folder, { recursive: true });
  });

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
