import { expect } from 'chai';
import type { Timer } from '../../../../../../runtime/clock.ts';
import { judge, passes, type Verdict } from '../../../../../soak/support/rbac/judge.ts';

/** Time that passes only by being waited for. */
function manualTimer(): Timer {
  let now = 0;
  return {
    now: () => now,
    wait: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

/** A check whose evidence and denial come at given times, in milliseconds; undefined: never. */
async function judged(times: { readonly seenAt?: number; readonly deniedAt?: number }): Promise<Verdict> {
  const timer = manualTimer();
  const has = (at: number | undefined): boolean => at !== undefined && timer.now() >= at;
  return await judge({
    seen: () => Promise.resolve(has(times.seenAt) ? 'the caBundle is healed' : undefined),
    denied: () => (has(times.deniedAt) ? 'nodes is forbidden' : undefined),
    timer,
    reportMs: 10_000,
    holdMs: 4_000,
  });
}

describe('Judging a check without a right', () => {
  it('finds that it fails when the product says so, and what it looks for stays away', async () => {
    expect(await judged({ deniedAt: 300 })).to.deep.equal({
      code: 'Fails',
      deniedAfterMs: 300,
      denial: 'nodes is forbidden',
    });
  });

  it('finds the right not needed when it comes all the same: at once, without a denial, or some time after one', async () => {
    const verdict = { code: 'NotNeeded', evidence: 'the caBundle is healed' };
    expect(await judged({ seenAt: 0, deniedAt: 0 })).to.deep.equal(verdict);
    expect(await judged({ seenAt: 9_000 })).to.deep.equal(verdict);
    expect(await judged({ seenAt: 4_200, deniedAt: 300 })).to.deep.equal(verdict);
  });

  it('finds the product silent when it says nothing for as long as it may take', async () => {
    expect(await judged({})).to.deep.equal({ code: 'Silent', waitedMs: 10_000 });
    expect(await judged({ deniedAt: 10_100 })).to.include({ code: 'Silent' });
  });
});

describe('Passing a check', () => {
  it('takes until what it looks for is there', async () => {
    const timer = manualTimer();
    const seen = (): Promise<string | undefined> => Promise.resolve(timer.now() >= 500 ? 'ready' : undefined);
    expect(await passes('it gets ready', seen, timer, 1_000)).to.deep.equal({ evidence: 'ready', afterMs: 500 });
  });

  it('fails at its deadline, with what was looked for', async () => {
    const never = passes('it gets ready', () => Promise.resolve(undefined), manualTimer(), 1_000);
    const message = await never.then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(message).to.contain('it gets ready').and.to.contain('1000 ms');
  });
});
