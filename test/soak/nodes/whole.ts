import { resources } from '../../../kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../kube/types.ts';
import { isNodeReady, type Node } from '../../cluster/node.ts';
import { isBare } from '../../e2e/harness/admissions.ts';
import { isReady } from '../../e2e/harness/pods.ts';
import { remora } from '../../e2e/harness/remora.ts';
import type { LeaseWatch } from './lease.ts';
import { components, isSpread, nodesOf, podsOf, type PlacedPod } from './placement.ts';
import { appReplicas, type NodesStage } from './stage.ts';

interface Budget extends KubeObject {
  readonly status?: { readonly disruptionsAllowed?: number };
}

const budgets: ResourceType = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' };

/** Everything that is not as it is on two nodes in good health, in words; nothing when all is whole. */
export async function notWhole(stage: NodesStage, lease: LeaseWatch): Promise<readonly string[]> {
  const { cluster, nodes, shop } = stage;
  const missing: string[] = [];
  const listed = await cluster.client.list<Node>(resources.nodes);
  const ready = listed.outcome === 'ok' ? listed.value.items.filter(isNodeReady) : [];
  missing.push(
    ...nodes.filter((name) => !ready.some(({ metadata }) => metadata.name === name)).map((name) => `node ${name}`),
  );
  for (const component of components) {
    const placed = await nodesOf(cluster, component);
    if (placed.length !== 2 || !isSpread(placed, nodes))
      missing.push(`${component} on ${placed.join(', ') || 'no node'}`);
  }
  for (const budget of await listOf<Budget>(stage, budgets, remora.namespace)) {
    if ((budget.status?.disruptionsAllowed ?? 0) < 1) missing.push(`the budget of ${budget.metadata.name ?? ''}`);
  }
  for (const namespace of [remora.namespace, shop]) {
    // The stream's pods, which are never scheduled, come and go.
    const pods = (await listOf<PlacedPod>(stage, resources.pods, namespace)).filter(
      ({ spec }) => spec.nodeName !== undefined,
    );
    const away = pods.filter((pod) => !isReady(pod));
    missing.push(
      ...away.map(
        ({ metadata }) =>
          `pod ${metadata.name ?? ''}${metadata.deletionTimestamp === undefined ? '' : ', which is going away'}`,
      ),
    );
  }
  const app = (await podsOf(cluster, shop, 'app=web')).filter(isReady);
  if (app.length !== appReplicas) missing.push(`${appReplicas - app.length} pods of web`);
  missing.push(...app.filter(isBare).map(({ metadata }) => `what Remora adds to ${metadata.name ?? ''}`));
  const control = await podsOf(cluster, remora.namespace, 'app.kubernetes.io/name=remora-control');
  if (!control.some((pod) => isReady(pod) && pod.metadata.name === lease.current.holder))
    missing.push('a holder of the lease');
  return missing;
}

async function listOf<T extends KubeObject>(
  { cluster }: NodesStage,
  type: ResourceType,
  namespace: string,
): Promise<readonly T[]> {
  const listed = await cluster.client.list<T>(type, { namespace });
  if (listed.outcome === 'failed') throw new Error(`${type.plural} of ${namespace}: ${listed.message}`);
  return listed.value.items;
}
