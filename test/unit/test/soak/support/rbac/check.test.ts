import { expect } from 'chai';
import { mendedAgainAndAgain } from '../../../../../soak/support/rbac/check.ts';

describe('Breaking something again and again', () => {
  let isBroken: boolean;
  let broken: number;
  const breakIt = (): Promise<void> => {
    isBroken = true;
    broken += 1;
    return Promise.resolve();
  };
  beforeEach(() => {
    isBroken = false;
    broken = 0;
  });

  it('has seen enough when it was mended so often', async () => {
    const seen = mendedAgainAndAgain(2, breakIt, () => Promise.resolve(!isBroken));
    expect(await seen()).to.equal(undefined);
    expect(await seen()).to.equal(undefined);
    isBroken = false;
    expect(await seen()).to.equal(undefined);
    expect(await seen()).to.equal(undefined);
    expect(broken).to.equal(2);
    isBroken = false;
    expect(await seen()).to.equal('mended 2 times');
  });

  it('breaks nothing that is broken, and never sees enough of what stays so', async () => {
    const seen = mendedAgainAndAgain(1, breakIt, () => Promise.resolve(false));
    for (let looks = 0; looks < 10; looks += 1) expect(await seen()).to.equal(undefined);
    expect(broken).to.equal(1);
  });
});
