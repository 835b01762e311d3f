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
});
