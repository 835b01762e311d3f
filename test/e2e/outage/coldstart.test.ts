import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { isBare, recordAdmissions, type Admissions } from '../harness/admissions.ts';
import { applyObjects } from '../harness/apply.ts';
import { isReady, type RunningPod } from '../harness/pods.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { readyReplicas } from './kill.ts';
import { enabled, gatedPod, idleWorkload } from './objects.ts';

describeOnCluster('outage cold start', (suite) => {
  const webhook = { namespace: remora.namespace, component: 'remora-webhook', count: 2 };
  const control = { namespace: remora.namespace, component: 'remora-control', count: 2 };
  /** Pods of each app: a Deployment of 3, a StatefulSet of 2 and a DaemonSet on the first node at least. */
  const perApp = 6;
  const apps: string[] = [];
  let admissions: Admissions;

  /** Ready pods of a namespace, when all are there and none is one of `former`. */
  const readyPods = async (namespace: string, former: ReadonlySet<string>): Promise<readonly RunningPod[]> =>
    await suite.watchUntil<RunningPod, readonly RunningPod[]>({
      type: resources.pods,
      namespace,
      what: `all new pods of ${namespace} are ready`,
      deadlineMs: 240_000,
      until: (pods) => {
        const ready = pods.filter((pod) => isReady(pod) && !former.has(pod.metadata.uid ?? ''));
        return ready.length >= perApp ? ready : undefined;
      },
    });

  before('apps in two labelled namespaces, and Remora in a third', async function () {
    this.timeout(300_000);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    const image = await suite.cluster.image('pause');
    for (const suffix of ['shop', 'bank']) {
      const namespace = await suite.makeNamespace(suffix, { labels: enabled });
      const workloads = [
        idleWorkload('Deployment', 'web', image, 3),
        idleWorkload('StatefulSet', 'store', image, 2),
        idleWorkload('DaemonSet', 'agent', image),
      ];
      await applyObjects(suite.cluster, namespace, workloads);
      apps.push(namespace);
    }
    await readyReplicas(suite.cluster, webhook);
    await Promise.all(apps.map(async (namespace) => await readyPods(namespace, new Set())));
    // The worst that an admin can do: Remora's own namespace asks for injection too.
    await suite.cluster.kubectl('label', 'namespace', remora.namespace, 'remora.dev/inject=enabled');
    admissions = await recordAdmissions(suite.cluster.client);
  });
  after(async () => {
    await suite.cluster.kubectl('label', 'namespace', remora.namespace, 'remora.dev/inject-');
    await admissions.close();
  });

  it('brings every pod back, injected, after all pods of the cluster are gone at once', async function () {
    this.timeout(300_000);
    const listed = await suite.cluster.client.list<RunningPod>(resources.pods);
    if (listed.outcome === 'failed') throw new Error(listed.message);
    const former = new Set(listed.value.items.map(({ metadata }) => metadata.uid ?? ''));
    const startedAt = systemTimer.now();
    const since = (): string => `${((systemTimer.now() - startedAt) / 1000).toFixed(1)} s`;
    await suite.cluster.kubectl(
      'delete',
      'pods',
      '--all',
      '--all-namespaces',
      '--force',
      '--grace-period=0',
      '--wait=false',
    );
    console.log(`      ${former.size} pods of the cluster deleted after ${since()}`);
    const back = async (replicas: typeof webhook): Promise<void> => {
      const pods = await readyReplicas(suite.cluster, replicas);
      expect(pods.filter(({ metadata }) => former.has(metadata.uid ?? ''))).to.deep.equal([]);
      console.log(`      ${replicas.component} ready after ${since()}`);
    };
    const [web, bank] = await Promise.all([
      ...apps.map(async (namespace) => await readyPods(namespace, former)),
      back(webhook),
      back(control),
    ]);
    console.log(`      apps ready after ${since()}`);
    expect([...(web ?? []), ...(bank ?? [])].filter(isBare)).to.deep.equal([]);
  });

  it('let none in bare, at any moment; the same look finds one that was let in elsewhere', async () => {
    await suite.apply(gatedPod('elsewhere'));
    await admissions.seen(suite.namespace, 'elsewhere', 10_000);
    expect(admissions.bareIn(suite.namespace)).to.deep.equal(['elsewhere']);
    for (const namespace of apps) {
      expect(admissions.countIn(namespace)).to.be.at.least(2 * perApp);
      expect(admissions.bareIn(namespace)).to.deep.equal([]);
    }
    // Remora's own pods are never injected, whatever its namespace is labelled.
    expect(admissions.bareIn(remora.namespace)).to.have.length(admissions.countIn(remora.namespace));
  });
});
