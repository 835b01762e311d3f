import { expect } from 'chai';
import type { KubeOutcome } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import type { Timer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { createKinds } from '../../../kube/kinds.ts';

const away = { outcome: 'failed', code: 'Unavailable', message: 'away' } as const;

describe('kube/kinds', () => {
  let answers: Record<string, unknown>;
  let asked: number;
  let now: number;
  const timer: Timer = { ...systemTimer, now: () => now };
  const client = {
    raw: <T>(path: string): Promise<KubeOutcome<T>> => {
      if (path === '/apis') asked += 1;
      return Promise.resolve(path in answers ? { outcome: 'ok', value: answers[path] as T } : away);
    },
  };
  const kinds = () => createKinds({ client, timer, log: silentLogger });
  const kind = (name: string) => ({ resources: [{ name: `${name.toLowerCase()}s`, kind: name, namespaced: true }] });

  beforeEach(() => {
    asked = 0;
    now = 0;
    answers = { '/apis': {}, '/api/v1': kind('Pod') };
  });

  it('asks again for a kind that is new, and not more than once in five seconds', async () => {
    const one = kinds();
    expect(one.served).to.deep.equal([]);
    expect((await one.refresh()).map((each) => each.kind)).to.deep.equal(['Pod']);
    answers['/api/v1'] = kind('Thing');
    expect((await one.refresh()).map((each) => each.kind)).to.deep.equal(['Pod']);
    now = 5_000;
    expect((await one.refresh()).map((each) => each.kind)).to.deep.equal(['Thing']);
    expect(asked).to.equal(2);
  });

  it('asks once for all who ask at the same time', async () => {
    const one = kinds();
    await Promise.all([one.refresh(), one.refresh(), one.refresh()]);
    expect(asked).to.equal(1);
  });

  it('keeps what it knows while the API server, or one of its aggregated ones, is away', async () => {
    const one = kinds();
    const group = { name: 'x.dev', versions: [{ version: 'v1' }] };
    answers = { '/apis': { groups: [group] }, '/api/v1': kind('Pod'), '/apis/x.dev/v1': kind('Thing') };
    await one.refresh();
    now = 10_000;
    answers = { '/apis': { groups: [group] }, '/api/v1': kind('Pod') };
    expect((await one.refresh()).map((each) => each.kind)).to.deep.equal(['Pod', 'Thing']);
    now = 20_000;
    answers = {};
    expect((await one.refresh()).map((each) => each.kind)).to.deep.equal(['Pod', 'Thing']);
  });

  it('calls back after each answer, and after none that failed', async () => {
    const one = kinds();
    const heard: (readonly string[])[] = [];
    one.onChange(() => heard.push(one.served.map((each) => each.kind)));
    await one.refresh();
    answers = {};
    now = 5_000;
    await one.refresh();
    expect(heard).to.deep.equal([['Pod']]);
    answers = { '/apis': {}, '/api/v1': kind('Thing') };
    now = 10_000;
    await one.refresh();
    expect(heard).to.deep.equal([['Pod'], ['Thing']]);
  });

  it('asks at once, soon after an answer that failed, else every ten minutes, until it is told to stop', async () => {
    const stop = new AbortController();
    const waits: number[] = [];
    const known: number[] = [];
    const one = createKinds({
      client,
      log: silentLogger,
      timer: {
        now: () => now,
        wait: (ms) => {
          waits.push(ms);
          known.push(one.served.length);
          answers = waits.length === 1 ? { '/apis': {}, '/api/v1': kind('Pod') } : answers;
          if (waits.length === 3) stop.abort();
          return Promise.resolve();
        },
      },
    });
    answers = {};
    await one.run(stop.signal);
    expect([waits, known]).to.deep.equal([
      [5_000, 600_000, 600_000],
      [0, 1, 1],
    ]);
  });
});
