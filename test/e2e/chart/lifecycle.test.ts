import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { render, valueSets } from '../../unit/manifests/chart/helm.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { installChart, remoraChart, uninstallChart } from '../harness/chart.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { policy } from '../policies/objects.ts';
import { planVersion } from '../../../webhook/plan/injected.ts';
import { gatedPod, isInjected, planOf, whileCreating } from './stream.ts';
import type { StreamCounts } from './stream.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly readyReplicas?: number };
}

describeOnCluster('chart lifecycle', (suite) => {
  const namespace = 'remora-system';
  const release = { release: 'remora', namespace } as const;
  let shop = '';

  before(async () => {
    suite.observeNamespace(namespace);
    await suite.cluster.load('remora', 'remora-policy', 'remora-next', 'remora-policy-next', 'collector');
    shop = await suite.makeNamespace('shop', { labels: { 'remora.dev/inject': 'enabled' } });
    await suite.cluster.kubectl('create', 'namespace', namespace).catch(() => '');
  });

  const values = (more: Readonly<Record<string, unknown>> = {}): unknown => ({
    imagePrefix: suite.cluster.imagePrefix,
    ...more,
  });

  async function create(name: string): Promise<KubeObject | string> {
    const outcome = await suite.cluster.client.create<KubeObject>(resources.pods, gatedPod(shop, name));
    return outcome.outcome === 'ok' ? outcome.value : outcome.message;
  }

  async function state(): Promise<unknown> {
    const names = ['remora-ca', 'remora-seal', 'remora-webhook-tls'];
    const secrets = await Promise.all(
      names.map((name) => suite.cluster.client.get<Secret>(resources.secrets, { namespace, name })),
    );
    return secrets.map((secret) => (secret.outcome === 'ok' ? secret.value.data : secret.message));
  }

  function unharmed({ created, bare, refusals }: StreamCounts): void {
    console.log(`      ${created} pods created, ${bare} bare, ${refusals.length} refused`);
    expect([...new Set(refusals)].slice(0, 3)).to.deep.equal([]);
    expect(bare).to.equal(0);
    expect(created).to.be.greaterThan(20);
  }

  for (const [name, set] of Object.entries(valueSets).filter(([each]) => each !== 'cert-manager')) {
    it(`has objects that the API server takes without a word of warning: ${name}`, async () => {
      const [kubectl = '', ...own] = suite.cluster.kubectlCommand;
      const objects = await render(set);
      const done = spawnSync(kubectl, [...own, 'create', '--dry-run=server', '--validate=strict', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
        encoding: 'utf8',
      });
      expect(done.stderr).to.equal('');
      expect(done.status).to.equal(0);
    });
  }

  it('says what is wrong with values, and installs nothing', async () => {
    const problem = await installChart(suite.cluster, { ...release, values: { profil: 'small' } }).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(problem).to.contain("'profil' not allowed");
  });

  it('installs: both processes get ready, and a pod is injected', async function () {
    await installChart(suite.cluster, { ...release, values: values() });
    const deployments = await suite.cluster.client.list<Deployment>(
      { group: 'apps', version: 'v1', plural: 'deployments' },
      { namespace },
    );
    const ready = deployments.outcome === 'ok' ? deployments.value.items : [];
    expect(
      ready.map(({ metadata, spec, status }) => [metadata.name, spec.replicas, status?.readyReplicas]),
    ).to.deep.equal([
      ['remora-collector', 1, 1],
      ['remora-control', 2, 2],
      ['remora-webhook', 2, 2],
    ]);
    // API servers hear of new configurations and endpoints by watching; until then a pod is refused, never bare.
    const pod = await attemptUntil('a first pod is admitted', 20_000, async () => {
      const made = await create('first');
      if (typeof made !== 'string') return made;
      expect(made).to.contain('remora');
      return undefined;
    });
    expect(isInjected(pod)).to.equal(true);
  });

  /** Whom the API server asks is then of one version; until then it may ask a replica that still finishes. */
  async function untilReplaced(): Promise<void> {
    await suite.watchUntil<KubeObject, true>({
      type: resources.pods,
      namespace,
      labelSelector: 'app.kubernetes.io/name=remora-webhook',
      what: 'the replicas of the webhook before this version are gone',
      deadlineMs: 60_000,
      until: (pods) =>
        pods.length > 0 && pods.every(({ metadata }) => metadata.deletionTimestamp === undefined) ? true : undefined,
    });
  }

  /** Versions of the plans in a stream: both, or the one before where the stream ended first; never another. */
  function expectPlans({ plans }: StreamCounts, before: number): void {
    expect([...plans]).to.include(before);
    expect([...plans].filter((plan) => plan !== planVersion && plan !== planVersion + 1)).to.deep.equal([]);
  }

  /** What a pod that another version injected may and may not go through, as the API server has it now. */
  async function staysProved(name: string): Promise<void> {
    const edit = (body: unknown, ...words: readonly string[]): Promise<string> =>
      suite.cluster
        .kubectl('-n', shop, 'patch', 'pod', name, '--type=strategic', '-p', JSON.stringify(body), ...words)
        .then(() => '', String);
    const debug = (added: object): Promise<string> =>
      edit({ spec: { ephemeralContainers: [added] } }, '--subresource=ephemeralcontainers');
    const container = `debug-${Date.now()}`;
    expect(await edit({ metadata: { labels: { at: container } } })).to.equal('');
    expect(await edit({ metadata: { annotations: { 'remora.dev/seal': 'v1.a.b' } } })).to.contain('SealBroken');
    expect(await edit({ metadata: { annotations: { 'remora.dev/telemetry': 'off' } } })).to.contain('SealBroken');
    const mounts = [{ name: 'remora-telemetry', mountPath: '/look' }];
    expect(await debug({ name: container, image: 'none.invalid/b:1', volumeMounts: mounts })).to.contain(
      'EphemeralContainerMountsInjectedVolume',
    );
    expect(await debug({ name: container, image: 'none.invalid/b:1' })).to.equal('');
  }

  it('upgrades to another version under a stream of pods: none refused, none bare, and what control wrote stays', async () => {
    const before = await state();
    const counts = await whileCreating(suite.cluster, shop, async () => {
      await installChart(suite.cluster, {
        ...release,
        values: values({
          logLevel: 'debug',
          settings: { telemetry: 'node' },
          images: { remora: { tag: 'next' }, policy: { tag: 'next' } },
        }),
      });
      await untilReplaced();
    });
    unharmed(counts);
    expectPlans(counts, planVersion);
    expect(await state()).to.deep.equal(before);
  });

  it('guards pods of the version before it as its own', async () => {
    const second = await create('second');
    expect(typeof second === 'string' ? second : planOf(second)).to.equal(planVersion + 1);
    for (const name of ['first', 'second']) await staysProved(name);
  });

  it('rolls back to the version before under a stream of pods: none refused, none bare, and what control wrote stays', async () => {
    const before = await state();
    const counts = await whileCreating(suite.cluster, shop, async () => {
      await suite.cluster.helm('rollback', 'remora', '1', '--namespace', namespace, '--wait', '--timeout', '120s');
      await untilReplaced();
    });
    unharmed(counts);
    expectPlans(counts, planVersion + 1);
    const third = await create('third');
    expect(typeof third === 'string' ? third : planOf(third)).to.equal(planVersion);
    expect(await state()).to.deep.equal(before);
  });

  it('guards pods of the version after it as its own', async () => {
    for (const name of ['first', 'second']) await staysProved(name);
  });

  it('keeps what control wrote when it is upgraded as Helm 3 does it, by a merge on the client', async () => {
    const before = await state();
    const words = ['--namespace', namespace, '--server-side=false', '--set', 'logLevel=warn'];
    const own = ['--set', `imagePrefix=${suite.cluster.imagePrefix}`, '--wait', '--timeout', '120s'];
    unharmed(
      await whileCreating(suite.cluster, shop, () =>
        suite.cluster.helm('upgrade', 'remora', remoraChart, ...words, ...own),
      ),
    );
    expect(await state()).to.deep.equal(before);
  });

  it('uninstalls: blocks no pod on the way, and leaves nothing behind', async () => {
    // A compiled policy is stored beside Remora, and goes with it; the policy itself is its author's.
    const rego = 'package shop.left\n\ndeny contains "never" if input.never\n';
    await applyObjects(suite.cluster, shop, [policy('left', rego)]);
    const modules = async (): Promise<string> =>
      await suite.cluster.kubectl('-n', namespace, 'get', 'configmap', '-l', 'remora.dev/policy-module', '-o', 'name');
    await attemptUntil('a module is stored', 20_000, async () => ((await modules()) === '' ? undefined : true));

    let printed = '';
    const counts = await whileCreating(suite.cluster, shop, async () => {
      printed = await uninstallChart(suite.cluster, 'remora', namespace);
    });
    // The hook lists what is still injected, and how to be rid of it; Helm 4 writes it as one line of its log.
    const lines = printed.replaceAll('\\n', '\n').split('\n');
    expect(lines.some((line) => new RegExp(`^${shop} +first +telemetry$`).test(line))).to.equal(true);
    expect(printed).to.contain(`kubectl rollout restart deployment,statefulset,daemonset -n ${shop}`);
    console.log(`      ${counts.created} pods created, ${counts.bare} bare, ${counts.refusals.length} refused`);
    const pod = await create('last');
    expect(typeof pod === 'string' ? pod : isInjected(pod)).to.equal(false);
    // Pods were injected or bare, but none was refused once its admission had begun to go.
    expect([...new Set(counts.refusals)].slice(0, 3)).to.deep.equal([]);

    // Helm waits for the Deployments; their pods still finish what they were answering.
    await suite.watchUntil<KubeObject, true>({
      type: resources.pods,
      namespace,
      what: 'every pod of Remora has ended',
      deadlineMs: 60_000,
      until: (pods) => (pods.length === 0 ? true : undefined),
    });
    await attemptUntil('the garbage collector has taken the modules', 60_000, async () =>
      (await modules()) === '' ? true : undefined,
    );
    expect(await suite.cluster.kubectl('-n', shop, 'get', 'configmap', 'left', '-o', 'name')).to.contain('left');
    const types = (await suite.cluster.kubectl('api-resources', '--verbs=list', '-o', 'name')).trim().split('\n');
    const listed = types.filter((type) => !type.startsWith('events')).join(',');
    const ours = await suite.cluster.kubectl(
      'get',
      listed,
      '-A',
      '-l',
      'app.kubernetes.io/part-of=remora',
      '-o',
      'name',
    );
    expect(ours.trim()).to.equal('');
    const names = (await suite.cluster.kubectl('get', listed, '-A', '-o', 'name', '--ignore-not-found')).split('\n');
    const left = names.filter((line) => /remora/.test(line) && !line.startsWith('namespace/'));
    expect(left).to.deep.equal([]);
  });

  it('leaves pods that were injected as they are', async () => {
    const first = await suite.cluster.client.get<KubeObject>(resources.pods, { namespace: shop, name: 'first' });
    expect(first.outcome === 'ok' && isInjected(first.value)).to.equal(true);
  });
});
