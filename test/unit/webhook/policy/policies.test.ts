import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { EventNote } from '../../../../kube/events.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import type { NamespaceFacts } from '../../../../settings/types.ts';
import type { AdmissionResponse } from '../../../../webhook/admission/response.ts';
import { parseReview, reviewApiVersion, reviewKind } from '../../../../webhook/admission/review.ts';
import type { AdmissionRequest } from '../../../../webhook/admission/review.ts';
import { createPolicies } from '../../../../webhook/policy/policies.ts';
import type { Policies, PoliciesOptions } from '../../../../webhook/policy/policies.ts';
import { refuse, startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';
import { writtenConstraint, writtenTemplate } from '../../settings/policies/gatekeeper/write.ts';
import { openWorkshop } from './compile/workshop.ts';
import type { Workshop } from './compile/workshop.ts';
import { policyOf } from './load/served.ts';

const pods = { 'remora.dev/policy-kinds': 'Pod' };

function rego(message: string): string {
  return `package shop\n\ndeny contains "${message}" if input.object.kind == "Pod"\n`;
}

/** A request to create a pod, as the API server sends it. */
function pod({ namespace = 'shop', uid = 'u', dryRun = false } = {}): AdmissionRequest {
  const request = {
    uid,
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    operation: 'CREATE',
    namespace,
    name: 'web',
    userInfo: { username: 'someone' },
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace } },
    oldObject: null,
    dryRun,
  };
  const parsed = parseReview({ apiVersion: reviewApiVersion, kind: reviewKind, request });
  if (parsed.outcome === 'malformed') throw new Error(parsed.message);
  return parsed.request;
}

describe('webhook/policy: everything of policies, with the real OPA and its threads', function () {
  this.timeout(120_000);
  let workshop: Workshop;
  let api: ApiServer;
  let stop: AbortController;
  let policies: Policies;
  let metrics: Registry;
  let events: EventNote[];
  let compiled: number;

  const facts = (name: string): NamespaceFacts => ({
    name,
    labels: { 'remora.dev/inject': 'enabled' },
    annotations: {},
  });
  const create = (more: Partial<PoliciesOptions> = {}): Policies => {
    policies = createPolicies(
      {
        client: clientOf(api.url),
        namespace: 'remora-system',
        limits: { timeoutMs: 10_000, workers: 1, readable: ['services'] },
        cluster: { awaitNamespace: (name) => Promise.resolve(facts(name)), namespace: facts },
        replica: 'one',
        namespaces: () => [facts('shop')],
        excludedNamespaces: ['kube-system', 'remora-system'],
        compiler: {
          ...workshop.compiler,
          compile: async (...words) => {
            compiled += 1;
            return await workshop.compiler.compile(...words);
          },
          drain: () => Promise.resolve(),
        },
        worker: new URL('../../../../webhook/policy/evaluate/worker.ts', import.meta.url),
        metrics,
        timer: systemTimer,
        random: () => 0.1,
        events: { record: (note) => void events.push(note) },
        uptimeMs: () => 0,
        log: silentLogger,
        ...more,
      },
      stop.signal,
    );
    return policies;
  };
  const start = async (more: Partial<PoliciesOptions> = {}): Promise<void> => {
    await create(more).start();
    await eventually(() => policies.notReady() === undefined, 60_000);
  };

  const configMaps = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const put = (
    name: string,
    data: Readonly<Record<string, string>>,
    { namespace = 'shop', annotations = {} }: { readonly namespace?: string; readonly annotations?: object } = {},
  ): void => {
    const labels = { 'remora.dev/policy': 'true' };
    api.put(`${configMaps(namespace)}/${name}`, { metadata: { namespace, name, labels, annotations }, data });
  };
  const state = (name: string): string | undefined => policies.statuses().find((status) => status.name === name)?.state;
  const judge = async (request = pod()): Promise<AdmissionResponse> => (await policies.handler(request)).response;
  /** Messages of the policies that refuse a pod, by their own names. */
  const refusals = async (): Promise<readonly string[]> => {
    const response = await judge();
    return response.outcome === 'denied' ? response.message.split('\n').filter((line) => line.startsWith('[')) : [];
  };
  const untilRefused = async (...lines: readonly string[]): Promise<void> => {
    const deadline = Date.now() + 60_000;
    for (let found = await refusals(); found.join() !== lines.join(); found = await refusals()) {
      if (Date.now() > deadline) expect(found).to.deep.equal(lines);
      await systemTimer.wait(5);
    }
  };
  const counted = async (name: string): Promise<Readonly<Record<string, number>>> => {
    const found = await metrics.getSingleMetric(name)?.get();
    return Object.fromEntries(
      (found?.values ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
  };

  before(async () => {
    workshop = await openWorkshop();
  });
  after(async () => {
    await workshop.close();
  });
  beforeEach(async () => {
    api = await startApiServer();
    api.objects.set('/apis', { metadata: { name: '' }, groups: [] });
    api.objects.set('/api/v1', {
      metadata: { name: '' },
      resources: [
        ['pods', 'Pod'],
        ['services', 'Service'],
        ['secrets', 'Secret'],
      ].map(([name, kind]) => ({ name, kind, namespaced: true })),
    });
    stop = new AbortController();
    metrics = new Registry();
    events = [];
    compiled = 0;
  });
  afterEach(async () => {
    stop.abort();
    await policies.close();
    await api.close();
  });

  it('judges by a policy from when it is written until it is removed', async () => {
    await start();
    expect(await judge()).to.include({ outcome: 'allowed' });
    put('owners', { 'a.rego': rego('first') }, { annotations: pods });
    await untilRefused('[shop/owners] first');
    put('owners', { 'a.rego': rego('second') }, { annotations: pods });
    await untilRefused('[shop/owners] second');
    api.remove(`${configMaps('shop')}/owners`);
    await untilRefused();
    expect(await judge()).to.include({ outcome: 'allowed' });
    expect(policies.statuses()).to.deep.equal([]);
  });

  it('judges by the policies of a namespace there, and by those of Remora’s own everywhere but in it', async () => {
    put('own', { 'a.rego': rego('own') }, { annotations: pods });
    put('foreign', { 'a.rego': rego('foreign') }, { annotations: pods, namespace: 'bank' });
    put('all', { 'a.rego': rego('all') }, { annotations: pods, namespace: 'remora-system' });
    await start();
    expect(await refusals()).to.deep.equal(['[remora-system/all] all', '[shop/own] own']);
    expect((await judge(pod({ namespace: 'remora-system' }))).outcome).to.equal('allowed');
  });

  it('runs Gatekeeper’s documents, and nothing of them that is for the audit alone', async () => {
    const audited = {
      enforcementAction: 'scoped',
      scopedEnforcementActions: [{ action: 'deny', enforcementPoints: [{ name: 'audit.gatekeeper.sh' }] }],
    };
    const template = writtenTemplate({ rego: 'package shop\n\nviolation[{"msg": "no"}] { true }\n' });
    const documents = [template, writtenConstraint({}, 'everywhere'), writtenConstraint(audited, 'audited')];
    put('library', { 'a.yaml': documents.join('---\n') });
    await start();
    expect(await refusals()).to.deep.equal(['[everywhere] no']);
  });

  it('is not ready before every policy was tried', async () => {
    put('owners', { 'a.rego': rego('no') }, { annotations: pods });
    create();
    expect(policies.notReady()).to.equal('not every policy is loaded yet');
    await policies.start();
    await eventually(() => policies.notReady() === undefined, 60_000);
    expect(await refusals()).to.have.length(1);
  });

  it('is ready with a policy that was stored broken: it is named, on its ConfigMap too, and not in force', async () => {
    put('broken', { 'a.rego': 'package shop\n\ndeny contains x if true\n' }, { annotations: pods });
    await start();
    expect(state('broken')).to.equal('failed');
    expect(await judge()).to.include({ outcome: 'allowed' });
    expect(
      events.map(({ regarding, reason, type }) => [regarding.namespace, regarding.name, reason, type]),
    ).to.deep.equal([['shop', 'broken', 'InvalidRego', 'Warning']]);
    expect(events[0]?.note).to.contain('a.rego:3:15');
    expect(await counted('remora_policies')).to.deep.equal({ loading: 0, loaded: 0, stale: 0, failed: 1 });
  });

  it('keeps what was in force while a change of it does not load', async () => {
    put('owners', { 'a.rego': rego('first') }, { annotations: pods });
    await start();
    put('owners', { 'a.rego': 'package shop\n\ndeny contains x if true\n' }, { annotations: pods });
    await eventually(() => state('owners') === 'stale', 60_000);
    expect(await refusals()).to.deep.equal(['[shop/owners] first']);
  });

  it('loses no module of a policy that is still being loaded when another one is in force', async () => {
    // The slow one waits with its module for the API server, while the other is loaded, and then goes.
    const held = Promise.withResolvers<boolean>();
    const slow = rego('slow');
    put('slow', { 'a.rego': slow }, { annotations: pods });
    let isSlow = true;
    api.faults.push(async ({ method, body }) => {
      const annotations = (body as { readonly metadata?: { readonly annotations?: object } } | undefined)?.metadata
        ?.annotations;
      if (method === 'POST' && isSlow && JSON.stringify(annotations ?? {}).includes('shop/slow')) await held.promise;
      return false;
    });
    await create().start();
    await eventually(() => api.seen.some(({ method }) => method === 'POST'), 60_000);
    isSlow = false;
    put('quick', { 'a.rego': rego('quick') }, { annotations: pods });
    await eventually(() => state('quick') === 'loaded', 60_000);
    api.remove(`${configMaps('shop')}/quick`);
    await eventually(() => state('quick') === undefined);
    held.resolve(false);
    await eventually(() => state('slow') === 'loaded', 60_000);
    expect(await refusals()).to.deep.equal(['[shop/slow] slow']);
  });

  it('lets go of the module of a policy that is removed, and takes it from the store when it comes back', async () => {
    const reads = (): number =>
      api.seen.filter(({ method, path }) => method === 'GET' && /remora-module-/.test(path)).length;
    await start();
    for (const count of [1, 2]) {
      put('owners', { 'a.rego': rego('no') }, { annotations: pods });
      await untilRefused('[shop/owners] no');
      expect(reads()).to.equal(count);
      api.remove(`${configMaps('shop')}/owners`);
      await untilRefused();
    }
    expect(compiled).to.equal(1);
  });

  describe('with data.inventory', () => {
    const taken = `package shop\n\ndeny contains name if data.inventory.namespace.shop.v1.Service[name]\n`;
    const services = { ...pods, 'remora.dev/policy-inventory': 'v1/Service' };
    const putService = (name: string): unknown =>
      api.put(`/api/v1/namespaces/shop/services/${name}`, { metadata: { namespace: 'shop', name } });

    it('judges by what is there, and follows it', async () => {
      putService('one');
      put('names', { 'a.rego': taken }, { annotations: services });
      await start();
      expect(await refusals()).to.deep.equal(['[shop/names] one']);
      putService('two');
      await untilRefused('[shop/names] one', '[shop/names] two');
    });

    it('is not ready before it is there, but for a start that has waited long enough', async () => {
      let uptimeMs = 0;
      api.faults.push(({ path }, response) => path === '/api/v1/services' && refuse(response, 403, 'Forbidden'));
      put('names', { 'a.rego': taken }, { annotations: services });
      await create({ uptimeMs: () => uptimeMs }).start();
      await eventually(() => state('names') === 'loaded', 60_000);
      expect(policies.notReady()).to.equal('data.inventory has no v1/Service yet');
      expect((await judge()).warnings.join()).to.contain('data.inventory has no v1/Service yet');
      uptimeMs = 15_000;
      expect(policies.notReady()).to.equal(undefined);
    });

    it('never reads what the chart does not list, whatever a policy asks for that was stored unchecked', async () => {
      put('names', { 'a.rego': taken }, { annotations: { ...pods, 'remora.dev/policy-inventory': 'v1/Pod' } });
      await create({ uptimeMs: () => 60_000 }).start();
      await eventually(() => state('names') === 'loaded', 60_000);
      expect((await judge()).warnings.join()).to.contain('data.inventory has no v1/Pod yet');
      // The planted case: what is listed is read, and long after the other would have been.
      put('services', { 'a.rego': taken }, { annotations: services });
      const asked = (path: string): boolean => api.seen.some((seen) => seen.path === path);
      await eventually(() => asked('/api/v1/services'), 60_000);
      expect(asked('/api/v1/pods')).to.equal(false);
    });
  });

  describe('checks a ConfigMap that is about to be stored', () => {
    const { signal } = new AbortController();

    it('and loads it without compiling it again', async () => {
      await start();
      const data = { 'a.rego': rego('no') };
      expect((await policies.check(policyOf(data, { 'policy-kinds': 'Pod' }), signal)).problems).to.deep.equal([]);
      expect([compiled, await refusals()]).to.deep.equal([1, []]);
      put('owners', data, { annotations: pods });
      await eventually(() => state('owners') === 'loaded', 60_000);
      expect([compiled, await refusals()]).to.deep.equal([1, ['[shop/owners] no']]);
    });

    it('and another replica takes it from the first', async () => {
      put('owners', { 'a.rego': rego('no') }, { annotations: pods });
      await start();
      expect(compiled).to.equal(1);
      await policies.close();
      stop.abort();
      stop = new AbortController();
      metrics = new Registry();
      await start();
      expect(compiled).to.equal(1);
      expect(await refusals()).to.have.length(1);
    });

    it('and says what is wrong with it', async () => {
      await start();
      const { problems } = await policies.check(policyOf({ 'a.rego': 'package' }, { 'policy-kinds': 'Pod' }), signal);
      expect(problems.map(({ code, field }) => [code, field])).to.deep.equal([['InvalidRego', 'a.rego:1:7']]);
    });

    it('and what it would have refused of requests that were', async () => {
      await start();
      // A new pod is kept where it is validated, which may be another replica, and not where it is judged too.
      await judge(pod({ uid: 'one' }));
      policies.note(pod({ uid: 'one' }));
      policies.note(pod({ uid: 'elsewhere', namespace: 'kube-system' }));
      policies.note(pod({ uid: 'two' }));
      await new Promise((resolve) => setImmediate(resolve));
      const { warnings } = await policies.check(policyOf({ 'a.rego': rego('no') }, { 'policy-kinds': 'Pod' }), signal);
      expect(warnings.join()).to.match(/^Of the last 2 requests since .* it would have refused 2: .*\[PolicyReplay\]$/);
    });
  });

  it('counts what it judged, without dry runs', async () => {
    put('owners', { 'a.rego': rego('no') }, { annotations: pods });
    await start();
    await judge();
    await judge();
    await judge(pod({ dryRun: true }));
    expect(await counted('remora_policy_evaluations_total')).to.deep.equal({ 'shop/owners violated': 2 });
    expect(await counted('remora_policy_violations_total')).to.deep.equal({ 'shop/owners deny': 2 });
    expect(await counted('remora_policies')).to.deep.equal({ loading: 0, loaded: 1, stale: 0, failed: 0 });
  });
});
