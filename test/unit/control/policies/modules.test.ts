import { expect } from 'chai';
import { cleanModules, runModuleCleaning, unusedModules } from '../../../../control/policies/modules.ts';
import type { StoredModule } from '../../../../control/policies/modules.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import type { Logger } from '../../../../runtime/log.ts';
import { moduleLabel, ofAnnotation } from '../../../../settings/policies/modules.ts';
import { refuse, startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';

const hour = 3_600_000;
const now = 100 * hour;

function module(name: string, madeFor: string, ageMs: number): StoredModule {
  return { name, madeFor, madeAt: now - ageMs };
}

describe('control/policies/modules: what nothing will ask for', () => {
  const policies = new Set(['shop/owners', 'shop/library']);
  const table: readonly (readonly [what: string, modules: readonly StoredModule[], unused: readonly string[]])[] = [
    ['not the module of a policy', [module('m', 'shop/owners', 5 * hour)], []],
    ['the module of a policy that is gone', [module('m', 'shop/gone', 5 * hour)], ['m']],
    ['not within an hour: a policy may be applied again', [module('m', 'shop/gone', hour)], []],
    ['but right after it', [module('m', 'shop/gone', hour + 1)], ['m']],
    [
      'a module that a later one has replaced',
      [module('old', 'shop/owners', 5 * hour), module('new', 'shop/owners', 2 * hour)],
      ['old'],
    ],
    ['however young that one is', [module('old', 'shop/owners', 5 * hour), module('new', 'shop/owners', 0)], ['old']],
    [
      'not one that was replaced within the hour itself: a replica may be about to read it',
      [module('old', 'shop/owners', hour / 2), module('new', 'shop/owners', 0)],
      [],
    ],
    [
      'neither of two of the same age',
      [module('a', 'shop/owners', 5 * hour), module('b', 'shop/owners', 5 * hour)],
      [],
    ],
    [
      'of each template of a policy what was replaced, and of no other',
      [
        module('a-old', 'shop/library/A', 5 * hour),
        module('a-new', 'shop/library/A', 3 * hour),
        module('b', 'shop/library/B', 9 * hour),
      ],
      ['a-old'],
    ],
    [
      'every template’s of a policy that is gone',
      [module('a', 'shop/gone/A', 5 * hour), module('b', 'shop/gone/B', 2 * hour)],
      ['a', 'b'],
    ],
    ['one that says nothing of what it is for, at once', [module('m', '', 0)], ['m']],
    ['one of another namespace’s policy of that name', [module('m', 'bank/owners', 5 * hour)], ['m']],
  ];
  for (const [what, modules, unused] of table) {
    it(what, () => {
      expect(unusedModules(modules, policies, now)).to.deep.equal(unused);
    });
  }
});

describe('control/policies/modules: cleaning', () => {
  let api: ApiServer;
  let warnings: string[];
  const log: Logger = { ...silentLogger, warn: (event) => void warnings.push(event), with: () => log };
  const folder = '/api/v1/namespaces/remora-system/configmaps/';
  const put = (name: string, madeFor: string | undefined, ageMs: number, labels = { [moduleLabel]: 'true' }): void => {
    const annotations = madeFor === undefined ? {} : { [ofAnnotation]: madeFor };
    const creationTimestamp = new Date(now - ageMs).toISOString();
    api.put(`${folder}${name}`, {
      metadata: { namespace: 'remora-system', name, labels, annotations, creationTimestamp },
    });
  };
  const names = (): readonly string[] =>
    [...api.objects.keys()].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  const timer = { now: () => now, wait: () => Promise.resolve() };
  const clean = async (): Promise<void> =>
    await cleanModules({ client: clientOf(api.url), namespace: 'remora-system', timer, log });

  beforeEach(async () => {
    api = await startApiServer();
    warnings = [];
    api.put('/api/v1/namespaces/shop/configmaps/owners', {
      metadata: { namespace: 'shop', name: 'owners', labels: { 'remora.dev/policy': 'true' } },
    });
    put('used', 'shop/owners', 5 * hour);
    put('gone', 'shop/gone', 5 * hour);
    put('unnamed', undefined, 5 * hour);
    put('young', 'shop/gone', 0);
    put('settings', 'shop/gone', 5 * hour, { [moduleLabel]: 'no' });
  });
  afterEach(async () => {
    await api.close();
  });

  it('takes away what nothing will ask for, and touches nothing but modules', async () => {
    await clean();
    expect(names()).to.deep.equal(['used', 'young', 'settings']);
    expect(warnings).to.deep.equal([]);
  });

  it('takes nothing away when it cannot see the policies: all would seem to be gone', async () => {
    api.faults.push(
      ({ query }, response) =>
        query.get('labelSelector') === 'remora.dev/policy=true' && refuse(response, 403, 'Forbidden'),
    );
    await clean();
    expect(names()).to.have.length(5);
    expect(warnings).to.deep.equal(['policies.modules.unread']);
  });

  it('takes nothing away when it cannot see the modules', async () => {
    api.faults.push(
      ({ query }, response) =>
        query.get('labelSelector') === `${moduleLabel}=true` && refuse(response, 403, 'Forbidden'),
    );
    await clean();
    expect(warnings).to.deep.equal(['policies.modules.unread']);
  });

  it('goes on when one cannot be taken away, and minds nothing that went by itself', async () => {
    api.faults.push(
      ({ method, path }, response) =>
        method === 'DELETE' && path.endsWith('/gone') && refuse(response, 403, 'Forbidden'),
      ({ method, path }, response) =>
        method === 'DELETE' && path.endsWith('/unnamed') && refuse(response, 404, 'NotFound'),
    );
    put('gone-too', 'shop/gone', 6 * hour);
    await clean();
    expect(names()).to.have.members(['used', 'gone', 'unnamed', 'young', 'settings']);
    expect(warnings).to.deep.equal(['policies.module.undeleted']);
  });

  it('runs again and again, an hour apart, until it is told to stop', async () => {
    const stop = new AbortController();
    const waits: { readonly ms: number; readonly go: () => void }[] = [];
    const held = { now: () => now, wait: (ms: number) => new Promise<void>((go) => void waits.push({ ms, go })) };
    const options = { client: clientOf(api.url), namespace: 'remora-system', timer: held, log };
    const running = runModuleCleaning(options, stop.signal);
    await eventually(() => waits.length === 1);
    expect(names()).to.not.include('gone');
    put('gone-later', 'shop/gone', 5 * hour);
    waits[0]?.go();
    await eventually(() => waits.length === 2);
    expect(names()).to.not.include('gone-later');
    expect(waits.map(({ ms }) => ms)).to.deep.equal([hour, hour]);
    stop.abort();
    waits[1]?.go();
    await running;
  });
});
