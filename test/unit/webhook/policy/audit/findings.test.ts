import { expect } from 'chai';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { createTally, keptOfEach } from '../../../../../webhook/policy/audit/findings.ts';
import type { Tally } from '../../../../../webhook/policy/audit/findings.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';

const object = (name: string) => ({ kind: 'Pod', namespace: 'shop', name, owner: '' });
const verdict = (evaluation: Evaluation, enforcement: Verdict['enforcement'] = 'deny'): Verdict => ({
  policy: { namespace: 'shop', name: 'p', title: 'shop/p' },
  enforcement,
  onFailure: 'allow',
  evaluation,
});
const violated = (...messages: readonly string[]): Evaluation => ({
  outcome: 'evaluated',
  violations: messages.map((message) => ({ message, details: {} })),
});
const failed = (code: 'PolicyTimeout' | 'PolicyBroken'): Evaluation => ({ outcome: 'failed', code, message: 'm' });

describe('policy/audit/findings', () => {
  const start = (more: Partial<Parameters<typeof createTally>[0]> = {}): Tally =>
    createTally({ policy: 'shop/p shop/p', problems: [], maxKept: 3, startedAt: 1_000, ...more });

  it('counts objects that the policy is for, and violations by what they do', () => {
    const tally = start();
    tally.add(object('a'), [verdict(violated('x', 'y')), verdict(violated('z'), 'warn')]);
    tally.add(object('b'), [verdict(violated())]);
    tally.add(object('not for it'), []);
    const { kept, ...rest } = tally.finish(1_500);
    expect(rest).to.deep.equal({
      objects: 2,
      totals: { deny: 2, warn: 1, dryrun: 0 },
      problems: [],
      isWhole: true,
      endedAt: 1_500,
      durationMs: 500,
    });
    expect(kept.map(({ name, enforcement, message }) => [name, enforcement, message])).to.deep.equal([
      ['a', 'deny', 'x'],
      ['a', 'deny', 'y'],
      ['a', 'warn', 'z'],
    ]);
    expect(new Set(kept.map(({ firstSeenKey }) => firstSeenKey)).size, 'one object, one first sight').to.equal(1);
  });

  it('keeps the first ones and counts all', () => {
    const tally = start();
    for (const name of ['a', 'b', 'c']) tally.add(object(name), [verdict(violated('x', 'long'.repeat(200)))]);
    const { kept, totals } = tally.finish(0);
    expect([kept.length, totals.deny]).to.deep.equal([3, 6]);
    expect(kept[1]?.message).to.have.length(500);
  });

  it('shares the room among policies', () => {
    expect([0, 1, 20, 50, 20_000].map(keptOfEach)).to.deep.equal([500, 500, 500, 200, 0]);
  });

  it('is not whole when a policy could not judge, and gives up before it is barred from admission', () => {
    const tally = start();
    tally.add(object('a'), [verdict(failed('PolicyBroken'))]);
    tally.add(object('b'), [verdict(failed('PolicyTimeout'))]);
    expect(tally.isGivenUp).to.equal(false);
    tally.add(object('c'), [verdict(failed('PolicyTimeout'))]);
    expect(tally.isGivenUp).to.equal(true);
    const { isWhole, problems } = tally.finish(0);
    expect(isWhole).to.equal(false);
    expect(problems).to.deep.equal([
      { code: 'PolicyBroken', message: 'Pod shop/a: m' },
      { code: 'PolicyTimeout', message: 'Pod shop/b: m' },
      { code: 'PolicyTimeout', message: 'Pod shop/c: m' },
      { code: 'AuditLeftOut', message: 'it ran away twice, and is asked again in the next round' },
    ]);
  });

  it('stays whole with what is never audited, and shows few of many problems', () => {
    const known = { code: 'AuditSecrets', message: 'Secrets are never audited' };
    expect(start({ problems: [known] }).finish(0)).to.deep.include({ isWhole: true, problems: [known] });
    const tally = start();
    for (let at = 0; at < 100; at += 1) tally.miss({ code: 'AuditListFailed', message: `${at}` });
    tally.miss({ code: 'AuditListFailed', message: '1' });
    expect(tally.finish(0).problems).to.have.length(20);
  });
});
