import { expect } from 'chai';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { createReplayer } from '../../../../../webhook/policy/replay/replay.ts';
import type { Replay } from '../../../../../webhook/policy/replay/replay.ts';
import { createRing } from '../../../../../webhook/policy/replay/ring.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';
import { SimulatedTime } from '../../../kube/simulation.ts';
import { loadedPolicy } from '../loaded.ts';
import { creation, pod } from './requests.ts';

const policy = loadedPolicy({ namespace: 'shop', name: 'p' });
const passed: Evaluation = { outcome: 'evaluated', violations: [] };
const violated = (message: string): Evaluation => ({ outcome: 'evaluated', violations: [{ message, details: {} }] });
const lost: Evaluation = { outcome: 'failed', code: 'PolicyBroken', message: 'm' };
const verdict = (enforcement: Verdict['enforcement'], evaluation: Evaluation): Verdict => ({
  policy: policy.name,
  enforcement,
  onFailure: 'allow',
  evaluation,
});

/** What each pod's name makes the policy say. */
const said: Readonly<Record<string, readonly Verdict[]>> = {
  denied: [verdict('deny', violated('no')), verdict('warn', violated('hm'))],
  counted: [verdict('warn', passed), verdict('dryrun', violated('not yet'))],
  warned: [verdict('deny', passed), verdict('warn', violated('hm'))],
  lost: [verdict('deny', lost), verdict('warn', passed)],
  lostAndWarned: [verdict('deny', lost), verdict('warn', violated('hm'))],
  passed: [verdict('deny', passed)],
  other: [],
};

describe('policy/replay/replay', () => {
  const start = Date.parse('2026-11-25T07:12:03Z');
  let time: SimulatedTime;
  const replay = async (
    names: readonly string[],
    options: { readonly deadlineMs?: number; readonly eachMs?: number } = {},
  ): Promise<Replay> => {
    time = new SimulatedTime(start);
    const ring = createRing({ clock: time });
    for (const name of names) {
      ring.add(creation(pod(name)));
      await time.advance(1_000);
    }
    const judge = async ({ name = '' }: AdmissionRequest): Promise<readonly Verdict[]> => {
      await time.wait(options.eachMs ?? 0);
      return said[name] ?? [];
    };
    const replaying = createReplayer({ ring, judge, timer: time })([policy], {
      deadlineMs: options.deadlineMs ?? 1_000,
    });
    await time.advance(60_000);
    return await replaying;
  };

  it('counts by what would have come of each request, and leaves out what the policy is not for', async () => {
    expect(await replay(['other', ...Object.keys(said)])).to.deep.include({
      since: '2026-11-25T07:12:03.000Z',
      requests: 6,
      wouldRefuse: 2,
      wouldWarn: 2,
      failed: 1,
      isWhole: true,
    });
  });

  it('shows at most five, refusals first and the newest of them first', async () => {
    const { examples } = await replay(['denied', 'counted', 'warned', 'warned', 'warned', 'warned', 'warned']);
    expect(examples.map(({ name, message }) => [name, message])).to.deep.equal([
      ['counted', 'not yet'],
      ['denied', 'no'],
      ['warned', 'hm'],
      ['warned', 'hm'],
      ['warned', 'hm'],
    ]);
    expect(examples[0]).to.deep.equal({
      operation: 'CREATE',
      kind: 'Pod',
      namespace: 'shop',
      name: 'counted',
      message: 'not yet',
    });
  });

  it('names what has yet to get its name, and cuts what a policy says', async () => {
    const ring = createRing({ clock: new SimulatedTime(0) });
    const { metadata: _, ...unnamed } = pod('x');
    ring.add(creation({ ...unnamed, metadata: { generateName: 'web-', namespace: 'shop' } }));
    ring.add(creation({ kind: 'Namespace', metadata: { name: 'shop' } }, { namespace: 'shop' }));
    const judge = (): Promise<readonly Verdict[]> => Promise.resolve([verdict('deny', violated('a\nb'.repeat(200)))]);
    const found = await createReplayer({ ring, judge, timer: new SimulatedTime(0) })([policy], { deadlineMs: 1_000 });
    expect(found.examples.map(({ namespace, name }) => [namespace, name])).to.deep.equal([
      ['', 'shop'],
      ['shop', 'web-*'],
    ]);
    expect(found.examples[0]?.message)
      .to.match(/^a ba b/)
      .and.have.length(200);
  });

  it('stops at its deadline, and says from when on it looked', async () => {
    const found = await replay(['denied', 'denied', 'denied', 'denied'], { eachMs: 400, deadlineMs: 1_000 });
    expect(found).to.deep.include({ since: '2026-11-25T07:12:04.000Z', requests: 3, wouldRefuse: 3, isWhole: false });
  });

  it('knows nothing of an empty ring', async () => {
    expect(await replay([])).to.deep.equal({
      since: undefined,
      requests: 0,
      wouldRefuse: 0,
      wouldWarn: 0,
      failed: 0,
      examples: [],
      isWhole: true,
    });
  });
});
