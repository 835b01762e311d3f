import { expect } from 'chai';
import { createBudget } from '../../../../../webhook/policy/audit/budget.ts';
import { SimulatedTime } from '../../../kube/simulation.ts';

describe('policy/audit/budget', () => {
  /** Work of these lengths; what it took in all, and how much of that was work. */
  const work = async (share: number, ...lengthsMs: readonly number[]): Promise<readonly [number, number]> => {
    const time = new SimulatedTime(0);
    const budget = createBudget({ share, timer: time });
    const done = (async () => {
      budget.begin();
      for (const lengthMs of lengthsMs) {
        await time.wait(lengthMs);
        await budget.pause();
      }
      return time.now();
    })();
    await time.advance(1_000_000);
    return [await done, lengthsMs.reduce((sum, each) => sum + each, 0)];
  };

  it('pauses in proportion to what was worked, so that the share is kept', async () => {
    expect(await work(0.1, 50, 200, 30)).to.deep.equal([2_800, 280]);
    expect(await work(0.5, 50, 200, 30)).to.deep.equal([560, 280]);
    expect(await work(1, 50, 200)).to.deep.equal([250, 250]);
  });

  it('puts short pieces of work together, however the clock rounds them', async () => {
    expect(await work(0.1, ...Array.from({ length: 100 }, () => 1))).to.deep.equal([1_000, 100]);
  });

  it('does not count what was waited before the work began', async () => {
    const time = new SimulatedTime(0);
    const budget = createBudget({ share: 0.1, timer: time });
    await time.advance(5_000);
    budget.begin();
    await budget.pause();
    expect(time.now()).to.equal(5_000);
  });

  it('ends its pause with the signal', async () => {
    const time = new SimulatedTime(0);
    const budget = createBudget({ share: 0.1, timer: time });
    await time.advance(100);
    const stop = new AbortController();
    const paused = budget.pause(stop.signal);
    stop.abort();
    await paused;
    expect(time.now()).to.equal(100);
  });
});
