import { expect } from 'chai';
import type { ApiResource } from '../../../../../kube/discovery.ts';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { createBudget } from '../../../../../webhook/policy/audit/budget.ts';
import { withKeys } from '../../../../../webhook/policy/audit/identity.ts';
import { auditRound } from '../../../../../webhook/policy/audit/round.ts';
import type { Round, RoundHooks, RoundSources } from '../../../../../webhook/policy/audit/round.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';
import { refuse, startApiServer } from '../../../kube/apiserver.ts';
import type { ApiServer } from '../../../kube/apiserver.ts';
import { clientOf } from '../../../kube/clients.ts';
import { loadedPolicy } from '../loaded.ts';

const served: readonly ApiResource[] = [
  { group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true },
  { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', isNamespaced: true },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', isNamespaced: false },
  { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', isNamespaced: true },
];
const labels = { 'remora.dev/inject': 'enabled' };
const everyone = (name: string, more: Partial<LoadedPolicy> = {}): LoadedPolicy =>
  loadedPolicy(
    { namespace: 'remora-system', name },
    { isForAll: true, match: { ...matchAll, kinds: [{ apiGroups: [''], kinds: ['Pod'] }] }, ...more },
  );
const all = { match: { ...matchAll, kinds: [{ apiGroups: ['*'], kinds: ['*'] }] } };

describe('policy/audit/round', () => {
  let api: ApiServer;
  let asked: { readonly request: AdmissionRequest; readonly policies: readonly string[] }[];
  /** What a policy says of an object, by the policy's name and the object's. */
  let says: (policy: string, object: string) => Evaluation;

  const put = (path: string, namespace: string | undefined, name: string, metadata = {}): void => {
    api.put(path, { metadata: { ...(namespace === undefined ? {} : { namespace }), name, ...metadata } });
  };
  const pod = (namespace: string, name: string, metadata = {}): void =>
    put(`/api/v1/namespaces/${namespace}/pods/${name}`, namespace, name, metadata);

  const round = async (
    policies: readonly LoadedPolicy[],
    sources: Partial<RoundSources> = {},
    hooks: Partial<RoundHooks> = {},
  ): Promise<Round> =>
    await auditRound(
      withKeys(policies),
      {
        client: clientOf(api.url),
        kinds: { served },
        isReadable: () => true,
        namespaces: () => [
          { name: 'shop', labels, annotations: {} },
          { name: 'bank', labels, annotations: {} },
          { name: 'bare', labels: {}, annotations: {} },
          { name: 'kube-system', labels, annotations: {} },
          { name: 'tools', labels, annotations: {} },
        ],
        excludedNamespaces: ['tools'],
        inventory: { dataOf: () => ({ outcome: 'unknown', message: 'data.inventory has no v1/Service yet' }) },
        judge: (request, asking) => {
          asked.push({ request, policies: asking.map(({ name }) => name.name) });
          return Promise.resolve(
            asking.map((policy): Verdict => ({
              policy: policy.name,
              enforcement: 'deny',
              onFailure: 'allow',
              evaluation: says(policy.name.name, request.name ?? ''),
            })),
          );
        },
        budget: createBudget({ share: 1, timer: systemTimer }),
        timer: systemTimer,
        ...sources,
      },
      { isCurrent: () => true, between: () => Promise.resolve(), ...hooks },
      new AbortController().signal,
    );
  const looked = (): readonly string[] =>
    asked.map(({ request: { kind, namespace = '', name = '' } }) => `${kind} ${namespace}/${name}`);

  beforeEach(async () => {
    api = await startApiServer();
    asked = [];
    says = (policy, object) => ({
      outcome: 'evaluated',
      violations: [{ message: `${policy} minds ${object}`, details: {} }],
    });
  });
  afterEach(async () => {
    await api.close();
  });

  it('asks about every object of labelled namespaces, and about nothing of the others', async () => {
    for (const namespace of ['shop', 'bank', 'bare', 'kube-system', 'tools']) pod(namespace, `in-${namespace}`);
    const { findings, objects } = await round([everyone('a')]);
    expect(looked()).to.deep.equal(['Pod bank/in-bank', 'Pod shop/in-shop']);
    expect(objects).to.equal(2);
    const [found] = findings.values();
    expect(found?.kept.map(({ namespace, message }) => [namespace, message])).to.deep.equal([
      ['bank', 'a minds in-bank'],
      ['shop', 'a minds in-shop'],
    ]);
    expect(found?.isWhole).to.equal(true);
  });

  it('asks all policies at once, and a namespace’s policy about that namespace alone', async () => {
    pod('shop', 'web');
    pod('bank', 'vault');
    await round([
      everyone('a'),
      everyone('b', { name: { namespace: 'shop', name: 'b', title: 'b' }, isForAll: false }),
    ]);
    expect(asked.map(({ request, policies }) => [request.name, policies])).to.deep.equal([
      ['vault', ['a']],
      ['web', ['a', 'b']],
    ]);
  });

  it('never lists Secrets, also for a policy for everything that may read everything', async () => {
    put('/api/v1/namespaces/shop/secrets/db', 'shop', 'db');
    pod('shop', 'web');
    const { findings } = await round([everyone('a', all)]);
    expect(looked()).to.deep.equal(['Pod shop/web']);
    expect(
      api.seen.map(({ path }) => path).filter((path) => path.includes('pods')),
      'the planted case',
    ).to.not.be.empty;
    expect(api.seen.map(({ path }) => path).filter((path) => path.includes('secrets'))).to.deep.equal([]);
    expect([...findings.values()][0]?.problems.map(({ code }) => code)).to.deep.equal(['AuditSecrets']);
  });

  it('reads in pages, and shows owners', async () => {
    const owner = { kind: 'ReplicaSet', name: 'web', controller: true };
    for (let at = 0; at < 1_200; at += 1)
      pod('shop', `web-${at}`, { ownerReferences: [{ kind: 'X', name: 'x' }, owner] });
    const { findings } = await round([everyone('a')]);
    const [found] = findings.values();
    expect([found?.objects, found?.totals.deny, found?.kept.length]).to.deep.equal([1_200, 1_200, 500]);
    expect(found?.kept[0]).to.include({ kind: 'Pod', owner: 'ReplicaSet/web' });
    const pages = api.seen.filter(({ path }) => path.includes('/shop/'));
    expect(pages.map(({ query }) => query.get('limit'))).to.deep.equal(['500', '500', '500']);
  });

  it('leaves out what is being deleted, and namespaces that are excluded', async () => {
    pod('shop', 'going', { deletionTimestamp: '2026-11-25T07:00:00Z' });
    for (const name of ['shop', 'bare', 'kube-system', 'tools']) put(`/api/v1/namespaces/${name}`, undefined, name);
    await round([everyone('a', all)], { isReadable: ({ kind }) => kind === 'Pod' || kind === 'Namespace' });
    expect(looked()).to.deep.equal(['Namespace shop/shop', 'Namespace bare/bare']);
  });

  it('says what could not be listed, and finds the rest', async () => {
    pod('shop', 'web');
    api.faults.push(({ path }, response) => path.includes('/bank/') && refuse(response, 403, 'Forbidden'));
    const [found] = (await round([everyone('a')])).findings.values();
    expect(found).to.deep.include({
      objects: 1,
      isWhole: false,
      problems: [{ code: 'AuditListFailed', message: 'pods of bank could not be listed: Forbidden: Forbidden' }],
    });
  });

  it('has nothing of a kind that is no longer served', async () => {
    api.faults.push((_seen, response) => refuse(response, 404, 'NotFound'));
    const [found] = (await round([everyone('a')])).findings.values();
    expect(found).to.deep.include({ objects: 0, isWhole: true });
  });

  it('postpones policies whose inventory is not there, and all while the kinds are not known', async () => {
    pod('shop', 'web');
    const wanting = everyone('b', { inventory: [{ group: '', version: 'v1', kind: 'Service' }] });
    const { findings, postponed } = await round([everyone('a'), wanting]);
    expect([findings.size, [...postponed.values()]]).to.deep.equal([
      1,
      [{ code: 'AuditInventory', message: 'data.inventory has no v1/Service yet' }],
    ]);
    const early = await round([everyone('a'), wanting], { kinds: { served: [] } });
    expect([early.findings.size, early.postponed.size]).to.deep.equal([0, 2]);
  });

  it('asks a policy that runs away no further, and the others on', async () => {
    for (const name of ['w', 'x', 'y', 'z']) pod('shop', name);
    says = (policy) =>
      policy === 'a'
        ? { outcome: 'failed', code: 'PolicyTimeout', message: 'm' }
        : { outcome: 'evaluated', violations: [] };
    const { findings } = await round([everyone('a'), everyone('b')]);
    expect(asked.map(({ policies }) => policies.join())).to.deep.equal(['a,b', 'a,b', 'b', 'b']);
    expect([...findings.values()].map(({ isWhole }) => isWhole)).to.deep.equal([false, true]);
  });

  it('asks a policy no further that is another by now', async () => {
    for (const name of ['x', 'y']) pod('shop', name);
    let current = 'ab';
    await round(
      [everyone('a'), everyone('b')],
      {},
      {
        isCurrent: (key) => current.includes(key.at(-1) ?? ''),
        between: () => {
          current = 'b';
          return Promise.resolve();
        },
      },
    );
    expect(asked.map(({ policies }) => policies.join())).to.deep.equal(['a,b', 'b']);
  });

  it('tells policies of one title apart', async () => {
    pod('shop', 'web');
    const twins = [everyone('a'), everyone('a')];
    const { findings } = await round(twins);
    expect([...findings].map(([key, { totals }]) => [key, totals.deny])).to.deep.equal([
      ['remora-system/a remora-system/a', 1],
      ['remora-system/a remora-system/a 2', 1],
    ]);
  });
});
