import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { isNodeReady, type Node } from '../../cluster/node.ts';
import { watchUntil } from '../../cluster/watch.ts';
import { startPodStream, type PodStream } from '../../e2e/certificates/stream.ts';
import { isBare } from '../../e2e/harness/admissions.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import { isReady } from '../../e2e/harness/pods.ts';
import { remora } from '../../e2e/harness/remora.ts';
import { countedRefusals } from '../../e2e/outage/refusals.ts';
import { byReason, difference, numbersOf, seeNoRefusal } from './counts.ts';
import { leadFrom, stoppedLeadingAt, watchLease, type LeaseWatch } from './lease.ts';
import { isSpread, nodesOf, type PlacedPod } from './placement.ts';
import { appReplicas, type Figures, type NodesStage } from './stage.ts';
import { faultsIn, lookFrom, lookFromAll } from './traffic.ts';
import { notWhole } from './whole.ts';

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly nodeName?: string; readonly conditions?: { readonly ready?: boolean } }[];
}

/**
 * Loses the node that holds control's lease and one replica of the webhook, first its network, then its power, while
 * pods are made all along; and gives it back.
 */
export async function loseNode(stage: NodesStage): Promise<Figures> {
  const { cluster, machine, nodes, shop, report } = stage;
  const [staying] = nodes;
  const lease = await watchLease(cluster);
  const leader = await leadFrom(cluster, lease, machine.name);
  stage.require(
    isSpread(await nodesOf(cluster, 'remora-webhook'), nodes),
    'before the loss: the webhook is on both nodes',
  );
  const counted = await countedRefusals(cluster);
  const stream = startPodStream(cluster, shop, 3);
  try {
    const startedAt = systemTimer.now();
    const sinceMs = (): number => systemTimer.now() - startedAt;
    await machine.cut();
    report(`cut ${machine.name}, where ${leader.metadata.name ?? ''} leads`);
    const takeover = await seeTakeover(stage, lease, leader, startedAt);
    await machine.powerOff();
    report(`${machine.name} is without power after ${sinceMs()} ms`);
    await nodeIs(stage, 'NotReady');
    const notReadyMs = sinceMs();
    await withdrawn(stage);
    const withdrawnMs = sinceMs();
    const during = numbersOf(stream);
    report(`${machine.name} is given up after ${withdrawnMs} ms: ${during.made} pods made, ${during.refused} refused`);
    stage.require(during.made > 0, 'while the node was lost and not yet given up, no pod was let in');
    const moved = await appMoved(stage, startedAt);
    const movedMs = sinceMs();
    await seeNoRefusal(stage, stream, 'on the node that is left');
    // The planted case: the look that must find nothing later finds what is away now.
    const missing = await notWhole(stage, lease);
    stage.require(
      missing.includes(`node ${machine.name}`),
      'the look for what is not whole does not see the lost node',
    );
    const traffic = await lookFrom(stage, staying);
    checkLonely(stage, traffic);
    return {
      leader: leader.metadata.name ?? '',
      ...takeover,
      ...{ notReadyMs, withdrawnMs, whileNotWithdrawn: during, movedMs, moved, missing, traffic },
      back: await giveBack(stage, lease, stream),
      stream: numbersOf(stream),
      refusalsByReason: byReason(stream.refusals),
      countedByApiServer: difference(await countedRefusals(cluster), counted),
    };
  } finally {
    await stream.close();
    lease.close();
  }
}

/** Another replica leads once the leader was silent for the lease's duration, and only after that one has stopped. */
async function seeTakeover(
  stage: NodesStage,
  lease: LeaseWatch,
  leader: PlacedPod,
  cutAt: number,
): Promise<Figures & { readonly newLeader: string }> {
  const former = leader.metadata.name ?? '';
  const next = await attemptUntil('another replica holds the lease', 120_000, async () =>
    Promise.resolve(lease.current.holder === former ? undefined : lease.current),
  );
  const last = lease.lastOf(former);
  const stoppedAt = await stoppedLeadingAt(stage.machine.layout, leader);
  const silentMs = next.acquiredAt - (last?.renewedAt ?? 0);
  const durationMs = last?.durationMs ?? 0;
  stage.report(`${next.holder} leads ${next.acquiredAt - cutAt} ms after the cut`);
  stage.require(
    silentMs >= durationMs,
    `the lease was taken after ${silentMs} ms, before its ${durationMs} ms were over`,
  );
  stage.require(silentMs < 2 * durationMs, `the lease was taken after ${silentMs} ms; it lasts ${durationMs} ms`);
  stage.require(
    stoppedAt !== undefined && stoppedAt < next.acquiredAt,
    'the leader that is cut off had not stopped when another began',
  );
  return {
    newLeader: next.holder,
    leaseDurationMs: durationMs,
    takenOverMs: next.acquiredAt - cutAt,
    silentMs,
    formerStoppedMs: stoppedAt === undefined ? null : stoppedAt - cutAt,
  };
}

async function nodeIs(stage: NodesStage, wanted: 'Ready' | 'NotReady'): Promise<void> {
  await watchUntil<Node, true>({
    client: stage.cluster.client,
    type: resources.nodes,
    fieldSelector: `metadata.name=${stage.machine.name}`,
    what: `${stage.machine.name} is ${wanted}`,
    deadlineMs: 180_000,
    until: ([node]) => (isNodeReady(node) === (wanted === 'Ready') ? true : undefined),
  });
}

/** Waits until the webhook's Service no longer leads to the lost node. */
async function withdrawn({ cluster, machine }: NodesStage): Promise<void> {
  await watchUntil<EndpointSlice, true>({
    client: cluster.client,
    type: resources.endpointSlices,
    namespace: remora.namespace,
    labelSelector: 'kubernetes.io/service-name=remora-webhook',
    what: `no endpoint of the webhook on ${machine.name} is ready`,
    deadlineMs: 120_000,
    until: (slices) =>
      slices
        .flatMap(({ endpoints = [] }) => endpoints)
        .some(({ nodeName, conditions }) => nodeName === machine.name && conditions?.ready === true)
        ? undefined
        : true,
  });
}

/** Waits until all of the app runs on the node that is left; returns how many of its pods were made for that. */
async function appMoved({ cluster, nodes, shop, require }: NodesStage, since: number): Promise<Figures> {
  const running = await watchUntil<PlacedPod, readonly PlacedPod[]>({
    client: cluster.client,
    type: resources.pods,
    namespace: shop,
    labelSelector: 'app=web',
    what: `${appReplicas} pods of web run on ${nodes[0]}`,
    deadlineMs: 180_000,
    until: (pods) => {
      const there = pods.filter((pod) => isReady(pod) && pod.spec.nodeName === nodes[0]);
      return there.length === appReplicas ? there : undefined;
    },
  });
  const made = running.filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') >= since - 1_000);
  require(made.length > 0, 'no pod of web was made anew on the node that is left');
  require(running.filter(isBare).length === 0, 'a pod of web runs bare on the node that is left');
  const annotation = made[0]?.metadata.annotations?.['remora.dev/injected'] ?? '{}';
  const { features = {} } = JSON.parse(annotation) as { readonly features?: object };
  require('telemetry' in features, `the annotation of a pod that was made anew says ${annotation}`);
  return { running: running.length, madeAnew: made.length, features: Object.keys(features) };
}

/** From the node that is left all goes well but for what was on the other one. */
function checkLonely({ nodes, machine, require }: NodesStage, traffic: Awaited<ReturnType<typeof lookFrom>>): void {
  const [staying] = nodes;
  // The collector has one replica, which may be the lost one.
  const faults = faultsIn(traffic, staying, [staying]).filter((fault) => !fault.includes('remora-collector'));
  for (const fault of faults) require(false, `during the loss: ${fault}`);
  // The planted case of what is looked for when both nodes are there.
  const reached = Object.keys(traffic[`pod on ${machine.name}`] ?? {});
  require(reached.every(
    (answer) => !answer.startsWith('200'),
  ), `a pod of ${machine.name}, which has no power, answered`);
  require(faultsIn(traffic, staying, nodes).length > faults.length, 'the look at traffic does not miss the lost node');
}

async function giveBack(stage: NodesStage, lease: LeaseWatch, stream: PodStream): Promise<Figures> {
  const { cluster, machine, shop, report } = stage;
  const startedAt = systemTimer.now();
  await machine.mend();
  await machine.powerOn();
  const readyMs = systemTimer.now() - startedAt;
  report(`${machine.name} is Ready ${readyMs} ms after its power came back`);
  let missing: readonly string[] = [];
  await attemptUntil('everything is whole', 240_000, async () => {
    missing = await notWhole(stage, lease);
    return missing.length === 0 ? true : undefined;
  }).catch(() => stage.require(false, `after the return is not whole: ${missing.join('; ')}`));
  const wholeMs = systemTimer.now() - startedAt;
  report(`everything is whole after ${wholeMs} ms`);
  await seeNoRefusal(stage, stream, 'after the return');
  await cluster.kubectl('-n', shop, 'rollout', 'restart', 'deployment/web');
  await cluster.kubectl('-n', shop, 'rollout', 'status', 'deployment/web', '--timeout=120s');
  return { readyMs, wholeMs, traffic: await lookFromAll(stage, 'after the return') };
}
