import { expect } from 'chai';
import fc from 'fast-check';
import { holdLease } from '../../../kube/lease.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { OneObject } from './memory.ts';
import { SimulatedTime } from './simulation.ts';

describe('Lease', () => {
  let api: OneObject;
  let time: SimulatedTime;
  let leaders: Set<string>;
  let history: string[];
  beforeEach(() => {
    api = new OneObject();
    time = new SimulatedTime(Date.UTC(2026, 0, 1));
    leaders = new Set();
    history = [];
  });

  /** A replica; `isCut` takes it off the API server, as a lost node does. */
  const start = (identity: string) => {
    const stop = new AbortController();
    const network = { isCut: false };
    const cut =
      <A extends unknown[], R>(call: (...parameters: A) => Promise<R>) =>
      (...parameters: A): Promise<R> =>
        network.isCut
          ? Promise.resolve({ outcome: 'failed', code: 'Unavailable', message: 'cut' } as R)
          : call(...parameters);
    const { get, create, replace } = api.client();
    const client = { get: cut(get), create: cut(create), replace: cut(replace) } as unknown as KubeClient;
    const ended = holdLease(
      {
        client,
        namespace: 'remora-system',
        name: 'control',
        identity,
        timer: time,
        random: Math.random,
        log: silentLogger,
      },
      (signal) => {
        leaders.add(identity);
        history.push(`+${identity}`);
        expect(leaders.size, 'never two leaders').to.equal(1);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            leaders.delete(identity);
            history.push(`-${identity}`);
            resolve();
          });
        });
      },
      stop.signal,
    );
    return { stop, network, ended };
  };
  const leave = async (...replicas: ReturnType<typeof start>[]): Promise<void> => {
    for (const { stop } of replicas) stop.abort();
    await time.advance(60_000);
    await Promise.all(replicas.map(({ ended }) => ended));
  };

  it('is taken by one, renewed for as long as it lives, and given back on leaving', async () => {
    const one = start('one');
    await time.advance(100);
    const two = start('two');
    await time.advance(120_000);
    expect(history).to.deep.equal(['+one']);
    expect(api.stored).to.have.nested.property('spec.leaseTransitions', 0);
    one.stop.abort();
    await time.advance(3_000);
    expect(history).to.deep.equal(['+one', '-one', '+two']);
    await leave(two);
    expect(api.stored).to.have.nested.property('spec.holderIdentity', '');
  });

  it('is taken from an empty Lease, as the chart makes it', async () => {
    api.stored = { metadata: { name: 'control', resourceVersion: '0' } };
    const one = start('one');
    await time.advance(100);
    expect([...leaders]).to.deep.equal(['one']);
    await leave(one);
  });

  it('passes on when its holder is cut off: it stops at the renew deadline, before another one starts', async () => {
    const one = start('one');
    await time.advance(100);
    const two = start('two');
    await time.advance(10_000);
    one.network.isCut = true;
    await time.advance(11_000);
    expect(history).to.deep.equal(['+one', '-one']);
    await time.advance(8_000);
    expect(history).to.deep.equal(['+one', '-one', '+two']);
    one.network.isCut = false;
    await time.advance(60_000);
    expect([...leaders]).to.deep.equal(['two']);
    await leave(one, two);
  });

  it('survives an API server that is away for less than the deadline, and one that is away for long', async () => {
    const one = start('one');
    await time.advance(100);
    api.isAway = true;
    await time.advance(7_000);
    api.isAway = false;
    await time.advance(5_000);
    expect(history).to.deep.equal(['+one']);
    api.isAway = true;
    await time.advance(30_000);
    expect(history).to.deep.equal(['+one', '-one']);
    api.isAway = false;
    await time.advance(20_000);
    expect(history).to.deep.equal(['+one', '-one', '+one']);
    await leave(one);
  });

  it('is never held by two, whatever is cut off when, and is always held again', async function () {
    this.timeout(300_000);
    const step = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean(), fc.integer({ min: 200, max: 20_000 }));
    let terms = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 15 }), async (steps) => {
        api = new OneObject();
        leaders.clear();
        history = [];
        const replicas = ['one', 'two', 'three'].map(start);
        for (const [index, isCut, ms] of steps) {
          replicas[index]!.network.isCut = isCut;
          await time.advance(ms);
        }
        for (const { network } of replicas) network.isCut = false;
        await time.advance(40_000);
        expect(leaders.size).to.equal(1);
        terms += history.length;
        await leave(...replicas);
      }),
      { numRuns: 15 },
    );
    expect(terms).to.be.greaterThan(15);
  });
});
