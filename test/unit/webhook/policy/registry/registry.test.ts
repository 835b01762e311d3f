import { expect } from 'chai';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { silentLogger } from '../../../../../runtime/log.ts';
import type { Load, LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { createRegistry } from '../../../../../webhook/policy/registry/registry.ts';
import type { Registry, RegistryOptions } from '../../../../../webhook/policy/registry/registry.ts';
import { eventually } from '../../../kube/clients.ts';
import { writtenInformer } from '../../world.ts';
import { loadedPolicy } from '../loaded.ts';
import type { WrittenInformer } from '../../world.ts';

const policy = (name: string): LoadedPolicy => loadedPolicy({ namespace: 'shop', name });

const problem = { code: 'InvalidRego', field: 'a.rego:1:1', value: 'x', allowed: 'Rego' };

describe('policy/registry', () => {
  let stop: AbortController;
  let informer: WrittenInformer<string>;
  let answers: Map<string, (() => Promise<Load>) | Load>;
  let asked: string[];
  let registry: Registry;
  let failed: string[];

  const names = (): readonly string[] => registry.policies.map(({ name }) => name.title);
  const states = (): readonly string[] => registry.statuses.map(({ name, state }) => `${name} ${state}`);
  const loads = (...loaded: readonly string[]): Load => ({
    outcome: 'loaded',
    expansions: [],
    policies: loaded.map(policy),
  });

  beforeEach(() => {
    stop = new AbortController();
    informer = writtenInformer<string>();
    answers = new Map();
    asked = [];
    const load = (text: string): Promise<Load> => {
      asked.push(text);
      const answer = answers.get(text) ?? loads(text);
      return typeof answer === 'function' ? answer() : Promise.resolve(answer);
    };
    const common = { timer: systemTimer, random: () => 0.1, log: silentLogger };
    failed = [];
    const onFailed: RegistryOptions<string>['onFailed'] = (namespace, name, problems) => {
      failed.push(`${namespace}/${name}: ${problems.map(({ code }) => code).join(', ')}`);
    };
    registry = createRegistry({ ...common, informer, load, onFailed }, stop.signal);
  });
  afterEach(() => stop.abort());

  it('has what the ConfigMaps say, in the order of their names, and forgets at once what is gone', async () => {
    informer.put('shop', 'b', 'b');
    informer.put('shop', 'a', 'a');
    expect(registry.isSettled).to.equal(false);
    await eventually(() => registry.isSettled);
    expect(names()).to.deep.equal(['shop/a', 'shop/b']);
    const { version } = registry;
    informer.put('shop', 'a', undefined);
    expect(names()).to.deep.equal(['shop/b']);
    expect(registry.version).to.be.greaterThan(version);
  });

  it('keeps what was in force while a change does not load, and says so', async () => {
    informer.put('shop', 'a', 'old');
    await eventually(() => registry.isSettled);
    answers.set('new', { outcome: 'failed', problems: [problem], isTransient: false });
    informer.put('shop', 'a', 'new');
    await eventually(() => states().includes('a stale'));
    expect(names()).to.deep.equal(['shop/old']);
    informer.put('shop', 'a', 'mended');
    await eventually(() => states().includes('a loaded'));
    expect(names()).to.deep.equal(['shop/mended']);
  });

  it('is settled with a policy that does not load, which is named with its problems', async () => {
    answers.set('bad', { outcome: 'failed', problems: [problem], isTransient: false });
    informer.put('shop', 'bad', 'bad');
    await eventually(() => registry.isSettled);
    expect(registry.statuses).to.deep.equal([{ namespace: 'shop', name: 'bad', state: 'failed', problems: [problem] }]);
    expect(asked).to.deep.equal(['bad']);
  });

  it('tries again what may pass, until it does', async () => {
    let attempts = 0;
    answers.set('later', () => {
      attempts += 1;
      const away: Load = { outcome: 'failed', problems: [problem], isTransient: true };
      return Promise.resolve(attempts < 3 ? away : loads('later'));
    });
    informer.put('shop', 'later', 'later');
    await eventually(() => states().includes('later loaded'));
    expect(attempts).to.equal(3);
  });

  it('takes the newest of changes that come while one is loaded, and nothing of what went', async () => {
    const slow = Promise.withResolvers<Load>();
    answers.set('first', () => slow.promise);
    informer.put('shop', 'a', 'first');
    informer.put('shop', 'a', 'second');
    informer.put('shop', 'a', 'third');
    slow.resolve(loads('first'));
    await eventually(() => states().includes('a loaded'));
    expect([names(), asked]).to.deep.equal([['shop/third'], ['first', 'third']]);

    const gone = Promise.withResolvers<Load>();
    answers.set('gone', () => gone.promise);
    informer.put('shop', 'b', 'gone');
    informer.put('shop', 'b', undefined);
    gone.resolve(loads('gone'));
    await gone.promise;
    await systemTimer.wait(1);
    expect(names()).to.deep.equal(['shop/third']);
  });

  it('says while something is loaded, so that nothing that a load has taken is let go', async () => {
    const slow = Promise.withResolvers<Load>();
    answers.set('slow', () => slow.promise);
    informer.put('shop', 'a', 'slow');
    informer.put('shop', 'b', 'quick');
    const seen: (readonly [isLoading: boolean, names: readonly string[]])[] = [];
    registry.onChange(() => seen.push([registry.isLoading, names()]));
    await eventually(() => states().includes('b loaded'));
    slow.resolve(loads('slow'));
    await eventually(() => registry.isSettled);
    expect(seen).to.deep.equal([
      [true, ['shop/quick']],
      [false, ['shop/slow', 'shop/quick']],
    ]);
  });

  it('tells when a load ended for nothing: what it took can be let go', async () => {
    const slow = Promise.withResolvers<Load>();
    answers.set('slow', () => slow.promise);
    informer.put('shop', 'a', 'slow');
    const seen: boolean[] = [];
    registry.onChange(() => seen.push(registry.isLoading));
    informer.put('shop', 'a', undefined);
    slow.resolve(loads('slow'));
    await eventually(() => seen.length === 2);
    expect([seen, names()]).to.deep.equal([[true, false], []]);
  });

  it('is not loading while it waits to try again', async () => {
    answers.set('later', { outcome: 'failed', problems: [problem], isTransient: true });
    informer.put('shop', 'a', 'later');
    await eventually(() => states().includes('a failed'));
    expect(registry.isLoading).to.equal(false);
  });

  it('tells whoever listens', async () => {
    let told = 0;
    const end = registry.onChange(() => (told += 1));
    informer.put('shop', 'a', 'a');
    await eventually(() => told === 1);
    end();
    informer.put('shop', 'a', undefined);
    expect(told).to.equal(1);
  });

  it('has what was in force before where what is written does not load after a start, and tells of it once', async () => {
    const standby = { policies: [policy('before')], expansions: [] };
    answers.set('a', () =>
      Promise.resolve({ outcome: 'failed', problems: [problem], isTransient: asked.length === 1, standby }),
    );
    informer.put('shop', 'a', 'a');
    await eventually(() => asked.length === 2 && registry.isSettled);
    expect(names()).to.deep.equal(['shop/before']);
    expect(states()).to.deep.equal(['a stale']);
    expect(failed).to.deep.equal(['shop/a: InvalidRego']);
  });
});
