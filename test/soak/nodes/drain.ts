import { resources } from '../../../kube/resources.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { startPodStream, type PodStream } from '../../e2e/certificates/stream.ts';
import { scale } from '../../e2e/harness/admissions.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import { remora } from '../../e2e/harness/remora.ts';
import { readyReplicas } from '../../e2e/outage/kill.ts';
import { watchUntil } from '../../cluster/watch.ts';
import { byReason, numbersOf, seeNoRefusal } from './counts.ts';
import { components, nodesOf, watchReady } from './placement.ts';
import type { Figures, NodesStage } from './stage.ts';

/** What `kubectl drain` prints each time that a budget holds an eviction back. */
const heldBack = /would violate the pod's disruption budget/g;

/**
 * Drains one node, then the other with both replicas on it, while pods are made all along. Then the planted cases: a
 * drain that asks no budget, and a webhook that is not there.
 */
export async function drainNodes(stage: NodesStage): Promise<Figures> {
  const { cluster, nodes, shop } = stage;
  const [first, second] = nodes;
  const stream = startPodStream(cluster, shop, 3);
  try {
    await seeNoRefusal(stage, stream, 'before the drains');
    const spread = await drain(stage, stream, second);
    const together = await drain(stage, stream, first);
    stage.require(
      together.heldBack > 0,
      'no eviction was held back, though both replicas were on the node: nothing is known of the budgets',
    );
    for (const [name, { fewestReady }] of Object.entries({ spread, together })) {
      for (const [component, fewest] of Object.entries(fewestReady)) {
        stage.require(fewest >= 1, `${name}: no replica of ${component} was ready at some moment of the drain`);
      }
    }
    await seeNoRefusal(stage, stream, 'after the drains');
    const { refusals } = stream;
    stage.require(refusals.length === 0, `${refusals.length} pods were refused: ${refusals[0] ?? ''}`);
    const admissions = numbersOf(stream);
    const unasked = await drain(stage, stream, second, '--disable-eviction');
    const seenAway = Object.values(unasked.fewestReady).some((fewest) => fewest === 0);
    stage.require(seenAway, 'the look for the fewest ready replicas misses a drain that asks no budget');
    return { spread, together, admissions, planted: { unasked, ...(await takeWebhookAway(stage, stream)) } };
  } finally {
    await stream.close();
    stage.require(stream.bare === 0, `${stream.bare} pods of the stream were bare`);
    stage.require(stream.waiting === 0, `${stream.waiting} pods were refused and never let in`);
  }
}

interface Drained extends Figures {
  readonly heldBack: number;
  readonly fewestReady: Readonly<Record<string, number>>;
}

/** Drains a node, lets it take pods again, and waits until all replicas are ready elsewhere. */
async function drain(stage: NodesStage, stream: PodStream, node: string, ...more: readonly string[]): Promise<Drained> {
  const { cluster, report } = stage;
  const before = await placements(stage);
  const watches = await Promise.all(components.map(async (component) => await watchReady(cluster, component)));
  const { made, refusals } = stream;
  const refused = refusals.length;
  const startedAt = systemTimer.now();
  const words = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s', ...more];
  const printed = await cluster.kubectlWithWarnings('drain', node, ...words);
  const drainedMs = systemTimer.now() - startedAt;
  for (const component of components) {
    await readyReplicas(cluster, { namespace: remora.namespace, component, count: 2 });
  }
  const fewestReady = Object.fromEntries(components.map((component, at) => [component, watches[at]?.fewest ?? 0]));
  for (const watch of watches) watch.close();
  const after = await placements(stage);
  await cluster.kubectl('uncordon', node);
  const drained: Drained = {
    ...{ node, before, after, drainedMs, fewestReady, heldBack: printed.match(heldBack)?.length ?? 0 },
    made: stream.made - made,
    refused: refusals.length - refused,
  };
  report(
    `drained ${node} ${more.join(' ')} in ${drainedMs} ms: evictions held back ${drained.heldBack} times, ` +
      `${String(drained['made'])} pods made, ${String(drained['refused'])} refused`,
  );
  stage.require(!Object.values(after).flat().includes(node), `a replica is still on ${node} after its drain`);
  return drained;
}

async function placements({ cluster }: NodesStage): Promise<Readonly<Record<string, readonly string[]>>> {
  const entries = components.map(async (component) => [component, await nodesOf(cluster, component)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The stream counts what is refused when nobody answers; and then too none is let in bare. */
async function takeWebhookAway({ cluster }: NodesStage, stream: PodStream): Promise<Figures> {
  const { client } = cluster;
  const deployment = { client, namespace: remora.namespace, name: 'remora-webhook' };
  const refused = stream.refusals.length;
  await scale(deployment, 0, 90_000);
  await watchUntil({
    client,
    type: resources.pods,
    namespace: remora.namespace,
    labelSelector: 'app.kubernetes.io/name=remora-webhook',
    what: 'no replica of the webhook is left',
    deadlineMs: 90_000,
    until: (pods) => (pods.length === 0 ? true : undefined),
  });
  await attemptUntil('a refusal', 60_000, async () =>
    Promise.resolve(stream.refusals.length > refused ? true : undefined),
  );
  await scale(deployment, 2, 90_000);
  await attemptUntil('what was refused is let in', 60_000, async () =>
    Promise.resolve(stream.waiting === 0 ? true : undefined),
  );
  return { refusedWhileAway: byReason(stream.refusals.slice(refused)) };
}
