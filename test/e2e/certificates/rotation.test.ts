import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createRoot } from '../../../certs/issue.ts';
import { readBundle } from '../../../certs/pem.ts';
import { servingNames } from '../../../certs/reconcile.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { isBare, scale } from '../harness/admissions.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { portForward } from '../harness/forward.ts';
import { installRemora, remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { endReplica, readyReplicas } from '../outage/kill.ts';
import { enabled, gatedPod } from '../outage/objects.ts';
import { countedRefusals } from '../outage/refusals.ts';
import { editBundles, watchBundles, type WatchedBundles } from './bundles.ts';
import { shakeHands, startHandshakes } from './handshakes.ts';
import { startPodStream } from './stream.ts';

/** The shortest that control takes but for the leaf, whose last third must hold a change of leader on a busy machine. */
const lives = { leaf: '20s', root: '80s', seal: '10s' };
/** A root signs for two thirds of its life before the next one does. */
const rotationDeadlineMs = 120_000;

interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string };
}

describeOnCluster('certificates', (suite) => {
  const { namespace } = remora;
  const webhook = { namespace, component: 'remora-webhook', count: 2 };
  const control = { namespace, component: 'remora-control', count: 2 };
  const [servingName = ''] = servingNames(namespace);
  let shop: string;
  let bundles: WatchedBundles;

  /** Takes everything out of a Secret, as an accident might. */
  const empty = async (name: string): Promise<void> => {
    const { client } = suite.cluster;
    const emptied = await client.mergePatch(resources.secrets, { namespace, name }, { data: null });
    if (emptied.outcome === 'failed') throw new Error(emptied.message);
  };
  const leaderOf = async (): Promise<string> => {
    const lease = await suite.cluster.client.get<Lease>(resources.leases, { namespace, name: 'remora-control' });
    if (lease.outcome === 'failed') throw new Error(lease.message);
    return lease.value.spec?.holderIdentity ?? '';
  };
  const endLeader = async (): Promise<string> => {
    const pods = await readyReplicas(suite.cluster, control);
    const leader = await leaderOf();
    const pod = pods.find(({ metadata }) => metadata.name === leader);
    if (pod === undefined) throw new Error(`the leader "${leader}" is no ready replica`);
    await endReplica(suite.cluster, pod, 'SIGTERM');
    return leader;
  };
  /** Roots that are trusted now. */
  const trusted = (): readonly string[] => readBundle(bundles.current()).map(({ fingerprint }) => fingerprint);

  before('Remora with short lives', async function () {
    this.timeout(300_000);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(namespace);
    await installRemora(suite.cluster, { certificates: lives });
    shop = await suite.makeNamespace('shop', { labels: enabled });
    await readyReplicas(suite.cluster, webhook);
    bundles = await watchBundles(suite.cluster);
  });
  after('Remora as others expect it', async function () {
    this.timeout(300_000);
    bundles.close();
    await installRemora(suite.cluster);
    // Short-lived ones would stay until they are due.
    await empty('remora-ca');
    await empty('remora-webhook-tls');
    // The suite's own namespaces are going; a pod that opts in by itself is asked about in any.
    const pod = gatedPod('restored', enabled);
    const object = { ...pod, metadata: { ...pod.metadata, namespace: 'default' } };
    await attemptUntil('pods are injected again', 60_000, async () => {
      const created = await suite.cluster.client.create<KubeObject>(resources.pods, object, { dryRun: true });
      return created.outcome === 'ok' && !isBare(created.value) ? true : undefined;
    });
  });

  it('rotates leaf, root and seal key, and changes its leader, with no refusal under a stream of pods', async function () {
    this.timeout(2 * rotationDeadlineMs);
    const before = await countedRefusals(suite.cluster);
    const pods = await readyReplicas(suite.cluster, webhook);
    const handshakes = await startHandshakes(suite.cluster, pods, servingName, () => bundles.current());
    const stream = startPodStream(suite.cluster, shop, 3);
    const startedAt = systemTimer.now();
    const since = (): string => `${((systemTimer.now() - startedAt) / 1000).toFixed(1)} s`;
    const [first = ''] = trusted();
    try {
      // The root of an earlier, longer life is lost; so is its key. What it signed stays trusted.
      await empty('remora-ca');
      const second = await attemptUntil('leaves of a new root', 60_000, async () =>
        Promise.resolve([...handshakes.roots].find((root) => root !== first)),
      );
      console.log(`      lost root replaced after ${since()}`);
      const leader = await endLeader();
      await attemptUntil('another leader', 30_000, async () => {
        const now = await leaderOf();
        return now !== '' && now !== leader ? true : undefined;
      });
      console.log(`      leader ${leader} replaced after ${since()}`);
      await attemptUntil('leaves of the next root', rotationDeadlineMs, async () =>
        Promise.resolve([...handshakes.roots].find((root) => root !== first && root !== second)),
      );
      console.log(`      root rotated after ${since()}`);
    } finally {
      await Promise.all([stream.close(), handshakes.close()]);
    }
    console.log(
      `      ${stream.made} pods made, ${stream.refusals.length} refused; ${handshakes.verified} handshakes, ` +
        `${handshakes.failures.length} failed; ${handshakes.leaves.size} leaves of ${handshakes.roots.size} roots, ` +
        `${stream.sealKeys.size} seal keys in ${since()}`,
    );
    expect(stream.refusals).to.deep.equal([]);
    expect(stream.bare).to.equal(0);
    expect(handshakes.failures).to.deep.equal([]);
    expect(await countedRefusals(suite.cluster)).to.deep.equal(before);
    expect(stream.made).to.be.greaterThan(100);
    expect(handshakes.verified).to.be.greaterThan(100);
    expect(handshakes.leaves.size).to.be.at.least(4);
    expect(handshakes.roots.size).to.be.at.least(3);
    expect(stream.sealKeys.size).to.be.at.least(3);
  });

  it('heals a bundle that someone edits within seconds, and would have seen that nobody trusts a foreign one', async () => {
    const foreign = (await createRoot(systemTimer.now(), 3_600_000, randomBytes)).certificate;
    const forward = await portForward(suite.cluster, namespace, 'svc/remora-webhook', 443);
    try {
      const refused = await shakeHands(forward.localPort, servingName, foreign);
      expect(refused).to.include({ outcome: 'failed', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    } finally {
      forward.close();
    }
    let isSeen = false;
    const stopListening = bundles.onChange(() => {
      if (bundles.all().has(foreign)) isSeen = true;
    });
    const startedAt = systemTimer.now();
    await editBundles(suite.cluster, foreign);
    await attemptUntil('the bundle is healed', 10_000, async () =>
      Promise.resolve(isSeen && !bundles.all().has(foreign) ? true : undefined),
    );
    stopListening();
    console.log(`      healed after ${systemTimer.now() - startedAt} ms, two kubectl calls included`);
  });

  it('would have counted the refusals of a bundle that nobody heals, and heals it when control is back', async function () {
    this.timeout(180_000);
    const { client } = suite.cluster;
    const deployment = { client, namespace, name: 'remora-control' };
    const foreign = (await createRoot(systemTimer.now(), 3_600_000, randomBytes)).certificate;
    const stream = startPodStream(suite.cluster, shop, 1);
    try {
      await scale(deployment, 0, 60_000);
      await suite.watchUntil({
        type: resources.pods,
        namespace,
        labelSelector: 'app.kubernetes.io/name=remora-control',
        what: 'control is away',
        deadlineMs: 60_000,
        until: (pods) => (pods.length === 0 ? true : undefined),
      });
      await editBundles(suite.cluster, foreign);
      await attemptUntil('a refusal', 30_000, async () => Promise.resolve(stream.refusals[0]));
      await scale(deployment, 2, 60_000);
      await attemptUntil('the bundle is healed', 60_000, async () =>
        Promise.resolve(bundles.all().has(foreign) ? undefined : true),
      );
      const { made } = stream;
      await attemptUntil('pods enter again', 60_000, async () =>
        Promise.resolve(stream.made > made + 5 ? true : undefined),
      );
      console.log(`      for example: ${stream.refusals[0]?.slice(0, 300) ?? ''}`);
    } finally {
      await stream.close();
    }
  });
});
