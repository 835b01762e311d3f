import { expect } from 'chai';
import { silentLogger } from '../../../../../runtime/log.ts';
import { firstSeenKey, policyKey, readFirstSeen } from '../../../../../webhook/policy/audit/firstseen.ts';
import { createLedger, goneOf } from '../../../../../webhook/policy/audit/ledger.ts';
import type { Ledger } from '../../../../../webhook/policy/audit/ledger.ts';
import { refuse, startApiServer } from '../../../kube/apiserver.ts';
import type { ApiServer } from '../../../kube/apiserver.ts';
import { clientOf } from '../../../kube/clients.ts';
import { SimulatedTime } from '../../../kube/simulation.ts';

const path = '/api/v1/namespaces/remora-system/configmaps/remora-audit';
const [a, b, c] = ['a', 'b', 'c'].map((name) => firstSeenKey('p', { kind: 'Pod', namespace: 'shop', name })) as [
  string,
  string,
  string,
];

describe('policy/audit/ledger', () => {
  let api: ApiServer;
  const ledger = (replica: string, maxEntries?: number): Ledger =>
    createLedger({
      client: clientOf(api.url),
      namespace: 'remora-system',
      replica,
      ...(maxEntries === undefined ? {} : { maxEntries }),
      timer: new SimulatedTime(0),
      log: silentLogger,
    });
  const stored = (): Readonly<Record<string, number>> => {
    const { binaryData = {} } = (api.objects.get(path) ?? {}) as { binaryData?: Record<string, string> };
    return Object.fromEntries(readFirstSeen(binaryData['first-seen'] ?? ''));
  };
  const writes = (): number => api.seen.filter(({ method }) => method === 'PUT').length;

  beforeEach(async () => {
    api = await startApiServer();
    api.put(path, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'remora-system', name: 'remora-audit' },
    });
  });
  afterEach(async () => {
    await api.close();
  });

  it('remembers over a restart', async () => {
    const before = ledger('web-1');
    before.hold([a], 5_000);
    expect(await before.sync()).to.equal(true);
    const after = ledger('web-2');
    await after.sync();
    after.hold([a, b], 90_000);
    expect([after.firstSeen(a), after.firstSeen(b), after.firstSeen(c)]).to.deep.equal([5_000, 90_000, undefined]);
  });

  it('keeps the earliest of what replicas saw, whoever writes last', async () => {
    const [one, two] = [ledger('web-1'), ledger('web-2')];
    one.hold([a, b], 5_000);
    two.hold([b, c], 4_000);
    for (const each of [one, two, one]) await each.sync();
    expect(stored()).to.deep.equal({ [a]: 5, [b]: 4, [c]: 4 });
    expect(one.firstSeen(b)).to.equal(4_000);
  });

  it('merges again when another replica was faster', async () => {
    const [one, two] = [ledger('web-1'), ledger('web-2')];
    one.hold([a], 1_000);
    two.hold([b], 2_000);
    let isFirst = true;
    api.faults.push(async ({ method }) => {
      if (method === 'PUT' && isFirst) {
        isFirst = false;
        await two.sync();
      }
      return false;
    });
    expect(await one.sync()).to.equal(true);
    expect(stored()).to.deep.equal({ [a]: 1, [b]: 2 });
    expect(writes(), 'one lost its race once').to.equal(3);
  });

  it('forgets what is gone, also when another replica holds it for a while', async () => {
    const [one, two] = [ledger('web-1'), ledger('web-2')];
    for (const each of [one, two]) {
      each.hold([a, b], 1_000);
      await each.sync();
    }
    const end = async (each: Ledger): Promise<void> => {
      const before = each.storedKeys();
      each.hold([b], 2_000);
      each.forget(goneOf(before, new Set([b]), () => true));
      await each.sync();
    };
    await end(one);
    expect(stored()).to.deep.equal({ [b]: 1 });
    await two.sync();
    expect(Object.keys(stored()), 'two has yet to find out').to.have.members([a, b]);
    await one.sync();
    await end(two);
    await one.sync();
    expect(stored()).to.deep.equal({ [b]: 1 });
  });

  it('keeps what came back before it was written that it is gone', async () => {
    const one = ledger('web-1');
    one.hold([a], 1_000);
    await one.sync();
    one.forget([a]);
    one.hold([a], 9_000);
    await one.sync();
    expect(stored()).to.deep.equal({ [a]: 1 });
  });

  it('takes for gone only what is of a settled policy and was not found', () => {
    const other = firstSeenKey('q', { kind: 'Pod', namespace: 'shop', name: 'a' });
    expect(goneOf([a, b, other], new Set([b]), (key) => key === policyKey('p'))).to.deep.equal([a]);
  });

  it('lets the oldest go when there is no room, and counts each once', async () => {
    const small = ledger('web-1', 2);
    small.hold([a], 1_000);
    await small.sync();
    small.hold([a, b, c], 2_000);
    for (let turn = 0; turn < 3; turn += 1) await small.sync();
    expect(stored()).to.deep.equal({ [b]: 2, [c]: 2 });
    expect(small.dropped).to.equal(1);
    expect(small.firstSeen(a), 'this replica still knows').to.equal(1_000);
  });

  it('writes only what is new', async () => {
    const one = ledger('web-1');
    one.hold([a], 1_000);
    for (let turn = 0; turn < 3; turn += 1) await one.sync();
    expect(writes()).to.equal(1);
  });

  it('shows replicas each other’s replays', async () => {
    const [one, two] = [ledger('web-1'), ledger('web-2')];
    const replay = { requests: 3, wouldRefuse: 1, wouldWarn: 0, failed: 0, examples: [], isWhole: true };
    const summary = { policy: 'shop/p', version: 'v', replay: { since: '2026-11-25T07:12:03.000Z', ...replay } };
    one.publish([summary]);
    await one.sync();
    await two.sync();
    expect(two.others).to.deep.equal([{ replica: 'web-1', writtenAt: 0, summaries: [summary] }]);
    await one.sync();
    expect([one.others.length, writes()]).to.deep.equal([0, 1]);
  });

  it('loses nothing while the API server is away, or the ConfigMap is not there', async () => {
    const one = ledger('web-1');
    one.hold([a], 1_000);
    one.forget([b]);
    api.faults.push((_seen, response) => refuse(response, 503, 'ServiceUnavailable'));
    expect(await one.sync()).to.equal(false);
    api.faults.splice(0);
    api.remove(path);
    expect(await one.sync()).to.equal(false);
    expect(writes(), 'it is the chart that makes it').to.equal(0);
    api.put(path, { metadata: { namespace: 'remora-system', name: 'remora-audit' } });
    expect(await one.sync()).to.equal(true);
    expect(stored()).to.deep.equal({ [a]: 1 });
  });

  it('leaves alone what it has not written', async () => {
    api.put(path, {
      metadata: { namespace: 'remora-system', name: 'remora-audit', labels: { app: 'remora' } },
      binaryData: { other: 'AAAA' },
    });
    const one = ledger('web-1');
    one.hold([a], 1_000);
    await one.sync();
    expect(api.objects.get(path)).to.deep.include({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(api.objects.get(path)?.metadata.labels).to.deep.equal({ app: 'remora' });
    expect(api.objects.get(path)?.['binaryData']).to.have.keys('other', 'first-seen');
  });

  it('goes on once a minute', async () => {
    const time = new SimulatedTime(0);
    const reads: number[] = [];
    const away = { outcome: 'failed', code: 'Unavailable', message: 'away' } as const;
    const client = {
      get: () => {
        reads.push(time.now());
        return Promise.resolve(away);
      },
      replace: () => Promise.resolve(away),
    };
    const stop = new AbortController();
    const one = createLedger({ client, namespace: 'remora-system', replica: 'web-1', timer: time, log: silentLogger });
    const running = one.run(stop.signal);
    await time.advance(180_000);
    stop.abort();
    await running;
    expect(reads).to.deep.equal([60_000, 120_000, 180_000]);
  });
});
