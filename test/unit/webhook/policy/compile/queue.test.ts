import { expect } from 'chai';
import fc from 'fast-check';
import { createQueue } from '../../../../../webhook/policy/compile/queue.ts';

const roomy = { waitingPerOwner: 100, waiting: 1_000 };

/** Jobs that end when they are told to, and the order in which they began. */
function office() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let busy = 0;
  let mostBusy = 0;
  return {
    begun,
    get mostBusy() {
      return mostBusy;
    },
    job: (name: string) => async (signal: AbortSignal) => {
      begun.push(name);
      busy += 1;
      mostBusy = Math.max(mostBusy, busy);
      await new Promise<void>((resolve) => {
        ends.set(name, resolve);
        signal.addEventListener('abort', () => resolve());
      });
      busy -= 1;
      return name;
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

describe('policy/compile/queue', () => {
  it('lets owners take turns, and keeps the order of each', async () => {
    const { begun, job, end } = office();
    const queue = createQueue(roomy);
    const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
    const runs = names.map((name) => queue.run(name.slice(0, 1), job(name)));
    for (const at of names.keys()) {
      end(begun[at]!);
      await Promise.race(runs.filter((_, index) => names[index] === begun[at]));
    }
    expect(begun).to.deep.equal(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('never runs two jobs at once, runs each, and lets no owner wait for more than one job of each other owner', async () => {
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(owners, async (asked) => {
        const desk = office();
        const { begun, job, end } = desk;
        const queue = createQueue(roomy);
        const names = asked.map((owner, at) => `${owner}${at}`);
        const runs = names.map((name) => queue.run(name.slice(0, 1), job(name)));
        for (const at of names.keys()) {
          end(begun[at]!);
          await runs[names.indexOf(begun[at]!)];
        }
        expect(desk.mostBusy).to.equal(1);
        expect([...begun].sort()).to.deep.equal([...names].sort());
        for (const owner of new Set(asked)) {
          const turns = begun.flatMap((name, at) => (name.startsWith(owner) ? [at] : []));
          for (const [index, turn] of turns.entries()) {
            // The very first job began before anybody else came.
            const between = begun.slice((turns[index - 1] ?? 0) + 1, turn).map((name) => name.slice(0, 1));
            expect(new Set(between).size, `${owner} waited for ${between.join()}`).to.equal(between.length);
          }
        }
      }),
    );
  });

  it('refuses an owner past their bound, and everybody past the common one, and says so', async () => {
    const { job } = office();
    const queue = createQueue({ waitingPerOwner: 2, waiting: 3 });
    for (const name of ['a1', 'a2', 'a3']) void queue.run('a', job(name));
    expect(await queue.run('a', job('a4'))).to.deep.equal({
      outcome: 'refused',
      reason: '2 compilations of namespace a are waiting already',
    });
    void queue.run('b', job('b1'));
    expect(await queue.run('c', job('c1'))).to.deep.equal({
      outcome: 'refused',
      reason: '3 compilations are waiting already',
    });
    await queue.drain();
  });

  it('gives up a waiting job when its caller does, and goes on with the next', async () => {
    const { begun, job, end } = office();
    const queue = createQueue(roomy);
    const caller = new AbortController();
    const first = queue.run('a', job('a1'));
    const given = queue.run('b', job('b1'), caller.signal);
    const last = queue.run('c', job('c1'));
    caller.abort();
    expect(await given).to.deep.equal({ outcome: 'refused', reason: 'it waited too long for its turn' });
    end('a1');
    await first;
    end('c1');
    expect(await last).to.deep.equal({ outcome: 'done', value: 'c1' });
    expect(begun).to.deep.equal(['a1', 'c1']);
  });

  it('hands the caller’s signal to a running job, and refuses a caller who has given up before', async () => {
    const { job } = office();
    const queue = createQueue(roomy);
    const caller = new AbortController();
    const running = queue.run('a', job('a1'), caller.signal);
    caller.abort();
    expect(await running).to.deep.equal({ outcome: 'done', value: 'a1' });
    expect(await queue.run('a', job('a2'), caller.signal)).to.have.property('outcome', 'refused');
  });

  it('goes on after a job that threw, which its caller hears of', async () => {
    const queue = createQueue(roomy);
    const failed = queue.run('a', () => Promise.reject(new Error('a bug')));
    const next = queue.run('a', () => Promise.resolve(1));
    expect(await failed.catch((error: unknown) => (error as Error).message)).to.equal('a bug');
    expect(await next).to.deep.equal({ outcome: 'done', value: 1 });
  });

  it('drains: refuses what waits and what comes, stops what runs', async () => {
    const { job } = office();
    const queue = createQueue(roomy);
    const running = queue.run('a', job('a1'));
    const waiting = queue.run('a', job('a2'));
    await queue.drain();
    const refused = { outcome: 'refused', reason: 'this replica is shutting down' };
    expect(await waiting).to.deep.equal(refused);
    expect(await queue.run('a', job('a3'))).to.deep.equal(refused);
    expect(await running).to.deep.equal({ outcome: 'done', value: 'a1' });
  });
});
