import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { applyObjects } from '../harness/apply.ts';
import { remoraChart } from '../harness/chart.ts';
import { describeOnCluster } from '../harness/suite.ts';

const inject = 'remora.dev/inject';
const sealed = { 'remora.dev/injected': '{}', 'remora.dev/seal': 'v1.a.b' };

const stays = { name: 'remora.test/stays' };

type Labels = Readonly<Record<string, string>>;

describeOnCluster('chart without webhook', (suite) => {
  const release = ['remora', '--namespace', 'remora-system'] as const;
  let labelled = '';
  let locked = '';
  let other = '';
  let count = 0;

  // An image that no node has: the webhook is there by name, and nobody ever answers.
  before(async () => {
    suite.observeNamespace('remora-system');
    const values = ['--set', 'imagePrefix=none.invalid/remora,imagePullPolicy=Never', '--wait=hookOnly'];
    await suite.cluster.helm('install', ...release, remoraChart, '--create-namespace', ...values);
    labelled = await suite.makeNamespace('labelled', { labels: { [inject]: 'enabled' } });
    const annotations = { 'remora.dev/lock': 'telemetry, inject' };
    locked = await suite.makeNamespace('locked', { labels: { [inject]: 'enabled' }, annotations });
    other = await suite.makeNamespace('other');
    await policyIsKnown();
  });

  // The hook's image cannot be pulled either, so this is the way out that docs/operations.md names.
  after(async () => {
    await suite.cluster.helm('uninstall', ...release, '--no-hooks');
    await suite.cluster.kubectl('delete', 'namespace', 'remora-system');
  });

  async function policyIsKnown(): Promise<void> {
    const until = Date.now() + 20_000;
    while (Date.now() < until && !(await refusal(labelled)).includes('NotInjected')) continue;
  }

  /** A pod that is never scheduled, unless it has no gates. */
  function podOf(namespace: string, labels: Labels, annotations: Labels, schedulingGates = [stays]): KubeObject {
    count += 1;
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${count}`, namespace, labels, annotations },
      spec: {
        automountServiceAccountToken: false,
        schedulingGates,
        containers: [{ name: 'main', image: 'none.invalid/a:1' }],
      },
    };
    return object;
  }

  /** Why a pod is refused; empty when it is not. */
  async function refusal(namespace: string, labels: Labels = {}, annotations: Labels = {}): Promise<string> {
    // By kubectl, which shows the whole message as its user sees it.
    return applyObjects(suite.cluster, namespace, [podOf(namespace, labels, annotations)]).then(() => '', String);
  }

  async function edit(namespace: string, name: string, metadata: unknown): Promise<string> {
    const outcome = await suite.cluster.client.mergePatch(resources.pods, { namespace, name }, { metadata });
    return outcome.outcome === 'ok' ? '' : outcome.message;
  }

  describe('a labelled namespace', () => {
    it('refuses bare pods, and says what to do', async () => {
      const message = await refusal(labelled);
      expect(message).to.contain('NotInjected');
      expect(message).to.contain('remora.dev/injected and remora.dev/seal');
      expect(message).to.contain('kubectl -n remora-system get pods');
      expect(message).to.contain('remora.dev/inject=disabled');
    });

    it('refuses pods with one of the two annotations', async () => {
      expect(await refusal(labelled, {}, { 'remora.dev/injected': '{}' })).to.contain('lacks remora.dev/seal');
    });

    it('refuses pods with invented annotations, since nobody checks their seal', async () => {
      expect(await refusal(labelled, {}, sealed)).to.contain('pods.prove.remora.dev');
    });

    it('lets pods in that opt out: the way out needs nobody', async () => {
      expect(await refusal(labelled, { [inject]: 'disabled' })).to.equal('');
    });

    it('refuses pods that opt out where inject is locked', async () => {
      expect(await refusal(locked, { [inject]: 'disabled' })).to.contain('SettingLocked');
    });

    it('lets its label go, and is then as if Remora were not there', async () => {
      const name = await suite.makeNamespace('leaving', { labels: { [inject]: 'enabled' } });
      expect(await refusal(name)).to.contain('NotInjected');
      await suite.cluster.kubectl('label', 'namespace', name, `${inject}-`);
      const until = Date.now() + 20_000;
      let message = await refusal(name);
      while (message !== '' && Date.now() < until) message = await refusal(name);
      expect(message).to.equal('');
    });

    it('keeps the annotations of Remora from being edited, and lets everything else be', async () => {
      // Made before the namespace was labelled, when nobody asked.
      const name = await suite.makeNamespace('later');
      const pod = podOf(name, {}, sealed);
      const created = await suite.cluster.client.create(resources.pods, pod);
      expect(created.outcome).to.equal('ok');
      await suite.cluster.kubectl('label', 'namespace', name, `${inject}=enabled`);
      const until = Date.now() + 20_000;
      while (Date.now() < until && (await refusal(name)) === '') continue;
      const podName = pod.metadata.name ?? '';
      expect(await edit(name, podName, { annotations: { 'remora.dev/seal': 'v1.a.c' } })).to.contain('SealBroken');
      expect(await edit(name, podName, { annotations: { 'remora.dev/injected': null } })).to.contain('SealBroken');
      expect(await edit(name, podName, { annotations: { 'example.com/a': 'b' }, labels: { a: 'b' } })).to.equal('');
      expect(await edit(name, podName, { finalizers: ['remora.test/a'] })).to.equal('');
      await suite.cluster.kubectl('--namespace', name, 'delete', 'pod', podName, '--wait=false');
      expect(await edit(name, podName, { finalizers: null })).to.equal('');
    });
  });

  describe('a pod that claims to be the mirror of a static pod', () => {
    it('is never started, and is deleted by its kubelet', async () => {
      const pod = podOf(labelled, {}, { 'kubernetes.io/config.mirror': 'invented' }, []);
      const name = pod.metadata.name ?? '';
      const outcome = await suite.cluster.client.create(resources.pods, pod);
      // API servers refuse a mirror pod that no kubelet made, or store it; either way it never runs.
      if (outcome.outcome === 'failed') return;
      await suite.watchUntil<KubeObject & { readonly status?: { readonly containerStatuses?: unknown } }, true>({
        type: resources.pods,
        namespace: labelled,
        fieldSelector: `metadata.name=${name}`,
        what: `${name} is gone`,
        deadlineMs: 60_000,
        until: ([found]) => {
          expect(found?.status?.containerStatuses).to.equal(undefined);
          return found === undefined ? true : undefined;
        },
      });
    });
  });

  describe('others', () => {
    it('notice nothing', async () => {
      expect(await refusal(other)).to.equal('');
      expect(await refusal(other, {}, sealed)).to.equal('');
    });

    it('refuse single pods that opt in', async () => {
      expect(await refusal(other, { [inject]: 'enabled' })).to.contain('NotInjected');
    });

    it('of kube-system notice nothing, labelled or not', async () => {
      const pod = podOf('kube-system', { [inject]: 'enabled' }, {});
      const outcome = await suite.cluster.client.create(resources.pods, pod, { dryRun: true });
      expect(outcome.outcome).to.equal('ok');
    });

    it('write workloads, namespaces and ConfigMaps as ever', async () => {
      const within = ['--namespace', labelled];
      await suite.cluster.kubectl(...within, 'create', 'deployment', 'web', '--image=none.invalid/a:1', '--replicas=0');
      await suite.cluster.kubectl('annotate', 'namespace', labelled, 'remora.dev/telemetry=off');
      await suite.cluster.kubectl(...within, 'create', 'configmap', 'plain', '--from-literal=a=b');
    });

    it('may not bring in settings that nobody has looked at', async () => {
      const configMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace: other, labels: { 'remora.dev/settings': 'true' } },
      };
      const outcome = await suite.cluster.client.create(resources.configMaps, configMap);
      expect(outcome.outcome === 'failed' && outcome.message).to.contain('configmaps.settings.remora.dev');
    });
  });
});
