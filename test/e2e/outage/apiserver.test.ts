import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createRoot } from '../../../certs/issue.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { editBundles, watchBundles } from '../certificates/bundles.ts';
import { isBare } from '../harness/admissions.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { restarts } from '../harness/pods.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { findApiServer } from './apiserver.ts';
import { readyReplicas } from './kill.ts';
import { enabled, gatedPod } from './objects.ts';

describeOnCluster('outage of the API server', (suite) => {
  const webhook = { namespace: remora.namespace, component: 'remora-webhook', count: 2 };
  const control = { namespace: remora.namespace, component: 'remora-control', count: 2 };
  let shop: string;

  before('Remora, and a labelled namespace', async function () {
    this.timeout(300_000);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    shop = await suite.makeNamespace('shop', { labels: enabled });
  });

  const create = async (name: string): Promise<KubeObject | undefined> => {
    const pod = gatedPod(name);
    const object = { ...pod, metadata: { ...pod.metadata, namespace: shop } };
    const created = await suite.cluster.client.create<KubeObject>(resources.pods, object);
    return created.outcome === 'ok' ? created.value : undefined;
  };
  const replicas = async (): Promise<readonly string[]> => {
    const pods = [...(await readyReplicas(suite.cluster, webhook)), ...(await readyReplicas(suite.cluster, control))];
    return pods.map((pod) => `${pod.metadata.name ?? ''} ${restarts(pod)}`).sort();
  };

  it('is survived by webhook and control, whose processes go on and hear of what comes after', async function () {
    this.timeout(180_000);
    const { network } = suite.cluster;
    // A person's API server is not ours to kill.
    if (network === undefined) return;
    const before = await replicas();
    const bundles = await watchBundles(suite.cluster);
    const good = bundles.current();
    const apiServer = await findApiServer(network);
    const startedAt = systemTimer.now();
    const since = (): string => `${((systemTimer.now() - startedAt) / 1000).toFixed(1)} s`;
    apiServer.kill();
    expect(await create('away')).to.equal(undefined);
    await apiServer.start();

    const first = await attemptUntil('a pod enters', 60_000, async () => await create('first'));
    console.log(`      the first pod entered after ${since()}`);
    expect(isBare(first)).to.equal(false);
    // The webhook hears again of what namespaces say.
    await suite.cluster.kubectl('annotate', 'namespace', shop, 'remora.dev/telemetry=off');
    let count = 0;
    await attemptUntil('the webhook knows the namespace as it is now', 60_000, async () => {
      count += 1;
      const pod = await create(`later-${count}`);
      const annotation = pod?.metadata.annotations?.['remora.dev/injected'] ?? '{}';
      const { settings } = JSON.parse(annotation) as { readonly settings?: Readonly<Record<string, string>> };
      return settings?.['telemetry'] === 'namespace' ? true : undefined;
    });
    console.log(`      the webhook heard of a new annotation after ${since()}`);
    // And so does control of what happens to its configurations.
    const foreign = (await createRoot(systemTimer.now(), 3_600_000, randomBytes)).certificate;
    let isSeen = false;
    bundles.onChange(() => {
      isSeen ||= bundles.all().has(foreign);
    });
    await editBundles(suite.cluster, foreign);
    await attemptUntil('the bundle is healed', 60_000, async () =>
      Promise.resolve(isSeen && [...bundles.all()].every((bundle) => bundle === good) ? true : undefined),
    );
    bundles.close();
    console.log(`      control had healed an edited bundle after ${since()}`);
    expect(await replicas()).to.deep.equal(before);
  });
});
