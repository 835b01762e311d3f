import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { isBare } from '../harness/admissions.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import type { RunningPod } from '../harness/pods.ts';
import { installRemora, remora, sharedRemora } from '../harness/remora.ts';
import { scaleWebhook, takeWebhookDown } from '../harness/replicas.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { readyReplicas } from './kill.ts';
import { disabled, enabled, gatedPod, idleWorkload } from './objects.ts';

interface Deployment extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

describeOnCluster('outage of the webhook', (suite) => {
  const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };
  const webhook = { namespace: remora.namespace, component: 'remora-webhook', count: 2 };
  let created = 0;
  let shop: string;
  let locked: string;
  let image: string;

  /** What a created pod became, or why it was refused. */
  async function create(
    namespace: string,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly name: string; readonly refusal: string; readonly printed: string }> {
    created += 1;
    const name = `pod-${created}`;
    return await applyObjects(suite.cluster, namespace, [gatedPod(name, labels)]).then(
      (printed) => ({ name, printed, refusal: '' }),
      (error: unknown) => ({ name, printed: '', refusal: String(error) }),
    );
  }
  const isBareNow = async (namespace: string, name: string): Promise<boolean> => {
    const read = await suite.cluster.client.get<KubeObject>(resources.pods, { namespace, name });
    if (read.outcome === 'failed') throw new Error(read.message);
    return isBare(read.value);
  };

  before('Remora without a replica of its webhook', async function () {
    this.timeout(300_000);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    image = await suite.cluster.image('pause');
    shop = await suite.makeNamespace('shop', { labels: enabled });
    locked = await suite.makeNamespace('locked', { labels: enabled, annotations: { 'remora.dev/lock': 'inject' } });
    // The same look finds no fault with a pod while the webhook is there.
    const { name, refusal } = await create(shop);
    expect(refusal).to.equal('');
    expect(await isBareNow(shop, name)).to.equal(false);
    await takeWebhookDown(suite);
  });
  after('the webhook is back', async function () {
    this.timeout(120_000);
    await scaleWebhook(suite, 2);
    await readyReplicas(suite.cluster, webhook);
  });

  it('refuses a pod of a labelled namespace at once, and says who, why and what to do', async () => {
    const startedAt = systemTimer.now();
    const { refusal } = await create(shop);
    const seconds = (systemTimer.now() - startedAt) / 1000;
    console.log(`      refused after ${seconds.toFixed(1)} s: ${refusal.split('\n').at(-1) ?? ''}`);
    expect(refusal).to.contain('NotInjected').and.contain('Remora').and.contain('docs/errors.md#notinjected');
    expect(refusal).to.contain(`kubectl -n ${remora.namespace} get pods`).and.contain('remora.dev/inject=disabled');
  });

  it('shows the same message on a Deployment whose pods are refused', async () => {
    await applyObjects(suite.cluster, shop, [idleWorkload('Deployment', 'web', image, 2)]);
    const message = await suite.watchUntil<Deployment, string>({
      type: deployments,
      namespace: shop,
      fieldSelector: 'metadata.name=web',
      what: 'web says why it has no pods',
      deadlineMs: 60_000,
      until: ([deployment]) =>
        deployment?.status?.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
          ?.message,
    });
    expect(message).to.contain('NotInjected').and.contain('Remora');
  });

  it('leaves other namespaces and kube-system alone', async () => {
    for (const namespace of [suite.namespace, 'kube-system']) {
      const { name, refusal } = await create(namespace);
      expect(refusal, namespace).to.equal('');
      expect(await isBareNow(namespace, name)).to.equal(true);
      await suite.cluster.kubectl('-n', namespace, 'delete', 'pod', name);
    }
    await applyObjects(suite.cluster, suite.namespace, [idleWorkload('Deployment', 'other', image, 1)]);
    await suite.watchUntil<RunningPod, true>({
      type: resources.pods,
      what: 'a pod of a namespace without the label runs',
      deadlineMs: 60_000,
      until: (pods) => (pods.some(({ status }) => status?.phase === 'Running') ? true : undefined),
    });
  });

  it('lets a pod in that opts out, except where that is locked', async () => {
    const { name, refusal } = await create(shop, disabled);
    expect(refusal).to.equal('');
    expect(await isBareNow(shop, name)).to.equal(true);
    expect((await create(locked, disabled)).refusal).to.contain('SettingLocked');
  });

  it('lets a namespace go, whose pods then enter as if Remora were not there', async () => {
    const leaving = await suite.makeNamespace('leaving', { labels: enabled });
    expect((await create(leaving)).refusal).to.contain('NotInjected');
    await suite.cluster.kubectl('label', 'namespace', leaving, 'remora.dev/inject-');
    await attemptUntil('pods of the namespace enter', 20_000, async () =>
      (await create(leaving)).refusal === '' ? true : undefined,
    );
  });

  it('lets pods be deleted, and their namespaces', async () => {
    const going = await suite.makeNamespace('going', { labels: enabled });
    const { name } = await create(going, disabled);
    await suite.cluster.kubectl('-n', going, 'delete', 'pod', name);
    await suite.cluster.kubectl('delete', 'namespace', going, '--timeout=60s');
  });

  it('ends by itself when the webhook is back: what was refused is made, and injected', async () => {
    const startedAt = systemTimer.now();
    await scaleWebhook(suite, 2);
    const backAfter = (systemTimer.now() - startedAt) / 1000;
    const pods = await suite.watchUntil<RunningPod, readonly RunningPod[]>({
      type: resources.pods,
      namespace: shop,
      labelSelector: 'app=web',
      what: 'the refused pods of web run',
      deadlineMs: 100_000,
      until: (found) => {
        const running = found.filter(({ status }) => status?.phase === 'Running');
        return running.length === 2 ? running : undefined;
      },
    });
    expect(pods.filter(isBare)).to.deep.equal([]);
    const webAfter = (systemTimer.now() - startedAt) / 1000;
    console.log(`      webhook back after ${backAfter.toFixed(1)} s, refused pods run after ${webAfter.toFixed(1)} s`);
    expect((await create(shop)).refusal).to.equal('');
  });

  describe('with failurePolicy Ignore', () => {
    before(async function () {
      this.timeout(240_000);
      await installRemora(suite.cluster, { failurePolicy: 'Ignore' });
      await takeWebhookDown(suite);
    });
    after(async function () {
      this.timeout(240_000);
      await scaleWebhook(suite, 2);
      await installRemora(suite.cluster);
    });

    it('lets pods in bare, with a warning that names what they lack', async () => {
      const { name, refusal, printed } = await create(shop);
      expect(refusal).to.equal('');
      expect(printed).to.match(/Warning: .*NotInjected/);
      expect(await isBareNow(shop, name)).to.equal(true);
    });
  });
});
