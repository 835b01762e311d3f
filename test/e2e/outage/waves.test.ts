import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { isBare, recordAdmissions, type Admissions } from '../harness/admissions.ts';
import { applyObjects } from '../harness/apply.ts';
import type { RunningPod } from '../harness/pods.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { endOldest, readyReplicas, type Ending } from './kill.ts';
import { disabled, enabled, gatedPod, idleWorkload } from './objects.ts';
import { countedRefusals, notedRefusals } from './refusals.ts';

/** 500 pods. Small waves: on one node, what replaces a replica starts behind all pods of its wave. */
const waves = { count: 10, size: 50 };
const waveDeadlineMs = 120_000;

describeOnCluster('outage waves', (suite) => {
  const webhook = { namespace: remora.namespace, component: 'remora-webhook', count: 2 };
  let shop: string;
  let image: string;
  let admissions: Admissions;

  before('Remora with two replicas, and a labelled namespace', async function () {
    this.timeout(300_000);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    image = await suite.cluster.image('pause');
    shop = await suite.makeNamespace('shop', { labels: enabled });
    await readyReplicas(suite.cluster, webhook);
    admissions = await recordAdmissions(suite.cluster.client);
  });
  after(async () => {
    await admissions.close();
  });

  const podsOf = async <R>(
    name: string,
    what: string,
    until: (pods: readonly RunningPod[]) => R | undefined,
  ): Promise<R> =>
    await suite.watchUntil<RunningPod, R>({
      type: resources.pods,
      namespace: shop,
      labelSelector: `app=${name}`,
      what: `pods of ${name} ${what}`,
      deadlineMs: waveDeadlineMs,
      until,
    });

  /** A ReplicaSet makes a wave while a replica ends; resolves when all pods of it run. */
  async function runWave(name: string, ending: Ending): Promise<string> {
    const startedAt = systemTimer.now();
    const since = (): string => `${((systemTimer.now() - startedAt) / 1000).toFixed(1)} s`;
    const wave = applyObjects(suite.cluster, shop, [idleWorkload('ReplicaSet', name, image, waves.size)]);
    const ended = await endOldest(suite.cluster, webhook, ending);
    await wave;
    const running = await podsOf(name, 'run', (pods) => {
      const found = pods.filter(({ status }) => status?.phase === 'Running');
      return found.length === waves.size ? found : undefined;
    });
    const runAfter = since();
    expect(running.filter(isBare).map(({ metadata }) => metadata.name)).to.deep.equal([]);
    await readyReplicas(suite.cluster, webhook, ended);
    return `${name}: ${running.length} injected pods run after ${runAfter}; ${ended.metadata.name ?? ''}, ended by ${ending}, made up for after ${since()}`;
  }

  it('makes 500 pods, each running and injected at the end of its wave, while replicas end in turn', async function () {
    this.timeout(waves.count * waveDeadlineMs);
    const before = await countedRefusals(suite.cluster);
    // Only on a cluster of ours are containers processes of this machine.
    const endings: readonly Ending[] =
      suite.cluster.network === undefined ? ['forced', 'SIGTERM'] : ['SIGKILL', 'SIGTERM', 'forced'];
    for (let wave = 0; wave < waves.count; wave += 1) {
      const name = `wave-${wave + 1}`;
      console.log(`      ${await runWave(name, endings[wave % endings.length] ?? 'SIGTERM')}`);
      await suite.cluster.kubectl('-n', shop, 'delete', 'replicaset', name, '--wait=false');
    }
    await podsOf(`wave-${waves.count}`, 'are gone', (pods) => (pods.length === 0 ? true : undefined));
    expect(admissions.countIn(shop)).to.be.at.least(waves.count * waves.size);

    const after = await countedRefusals(suite.cluster);
    const noted = await notedRefusals(suite.cluster, shop);
    console.log(
      `      refused: ${after.byPolicy - before.byPolicy} by the policy, ${after.byProof - before.byProof} by the ` +
        `proof; FailedCreate ${noted.count} times at least; the injector was not reached ` +
        `${after.notInjected - before.notInjected} times`,
    );
    for (const message of noted.messages.slice(0, 2)) console.log(`      for example: ${message}`);
    for (const message of noted.messages) expect(message).to.match(/NotInjected|remora-webhook/);
  });

  it('let none in bare, at any moment; the same look finds one of another namespace, and one that opts out', async () => {
    expect(admissions.bareIn(shop)).to.deep.equal([]);
    await suite.apply(gatedPod('elsewhere'));
    await applyObjects(suite.cluster, shop, [gatedPod('out', disabled)]);
    // They came after all of the waves: now nothing of the waves is still to be seen.
    await admissions.seen(suite.namespace, 'elsewhere', 10_000);
    await admissions.seen(shop, 'out', 10_000);
    expect(admissions.bareIn(suite.namespace)).to.deep.equal(['elsewhere']);
    expect(admissions.bareIn(shop)).to.deep.equal(['out']);
  });
});
