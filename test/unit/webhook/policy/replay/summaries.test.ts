import { expect } from 'chai';
import type { Replay } from '../../../../../webhook/policy/replay/replay.ts';
import { mergeReplays, summariesOf, writeSummaries } from '../../../../../webhook/policy/replay/summaries.ts';
import type { Summary } from '../../../../../webhook/policy/replay/summaries.ts';

const hour = 3_600_000;
const example = { operation: 'CREATE', kind: 'Pod', namespace: 'shop', name: 'web', message: 'no' };
const replay = (more: Partial<Replay> = {}): Replay => ({
  since: '2026-11-25T07:00:00.000Z',
  requests: 10,
  wouldRefuse: 2,
  wouldWarn: 1,
  failed: 0,
  examples: [example],
  isWhole: true,
  ...more,
});
const summary = (policy: string, more: Partial<Replay> = {}): Summary => ({
  policy,
  version: 'v',
  replay: replay(more),
});

describe('policy/replay/summaries', () => {
  const written = (replica: string, now: number, ...summaries: readonly Summary[]) =>
    writeSummaries([], { replica, summaries }, now);

  it('reads what it wrote, of each pod', () => {
    const data = { ...written('web-1', 100, summary('shop/a')), ...written('web-2', 200, summary('shop/b')) };
    expect(summariesOf(data, 300)).to.deep.equal([
      { replica: 'web-1', writtenAt: 100, summaries: [summary('shop/a')] },
      { replica: 'web-2', writtenAt: 200, summaries: [summary('shop/b')] },
    ]);
  });

  it('leaves out what is an hour old, what is of something else, and what cannot be read', () => {
    const good = written('web-1', 100, summary('shop/a'));
    const bad = {
      'replay.a': 'no JSON',
      'replay.b': '[]',
      'replay.c':
        '{"writtenAt":100,"summaries":[{"policy":"p"},{"policy":"p","version":"v","replay":{"requests":-1.5}}]}',
      other: good['replay.web-1'] ?? '',
    };
    expect(summariesOf({ ...good, ...bad }, 100 + hour - 1).map(({ replica }) => replica)).to.deep.equal([
      'web-1',
      'replay.c'.slice('replay.'.length),
    ]);
    expect(summariesOf(bad, 200)).to.deep.equal([{ replica: 'c', writtenAt: 100, summaries: [] }]);
    expect(summariesOf(good, 100 + hour)).to.deep.equal([]);
  });

  it('writes the same again only after half an hour, and a change at once', () => {
    const first = written('web-1', 0, summary('shop/a'));
    const again = (now: number, ...summaries: readonly Summary[]) =>
      writeSummaries(summariesOf(first, now), { replica: 'web-1', summaries }, now);
    expect(again(hour / 2 - 1, summary('shop/a'))).to.deep.equal(first);
    expect(again(hour / 2, summary('shop/a'))).to.not.deep.equal(first);
    expect(summariesOf(again(1, summary('shop/b')), 1)[0]?.writtenAt).to.equal(1);
    expect(again(1)).to.deep.equal({});
  });

  it('keeps the others, the last 50 policies, and two examples each', () => {
    const others = summariesOf(written('web-2', 0, summary('shop/a')), 0);
    const many = Array.from({ length: 60 }, (_, at) => summary(`shop/${at}`, { examples: Array(5).fill(example) }));
    const data = writeSummaries(others, { replica: 'web-1', summaries: many }, 0);
    expect(Object.keys(data)).to.deep.equal(['replay.web-1', 'replay.web-2']);
    const own = summariesOf(data, 0)[0]?.summaries ?? [];
    expect([own.length, own[0]?.policy, own[0]?.replay.examples.length]).to.deep.equal([50, 'shop/10', 2]);
  });

  it('adds counts, from the earliest time on', () => {
    const later = replay({ since: '2026-11-25T08:00:00.000Z', requests: 5, wouldRefuse: 0, isWhole: false });
    expect(mergeReplays([later, replay()])).to.deep.equal({
      since: '2026-11-25T07:00:00.000Z',
      requests: 15,
      wouldRefuse: 2,
      wouldWarn: 2,
      failed: 0,
      examples: [example, example],
      isWhole: false,
      replicas: 2,
    });
    expect(mergeReplays([])).to.equal(undefined);
  });
});
