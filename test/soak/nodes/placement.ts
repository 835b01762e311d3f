import { createInformer } from '../../../kube/informer.ts';
import { resources } from '../../../kube/resources.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import type { TestCluster } from '../../e2e/harness/cluster.ts';
import { isReady, type RunningPod } from '../../e2e/harness/pods.ts';
import { remora } from '../../e2e/harness/remora.ts';

/** A pod with where it is. */
export interface PlacedPod extends RunningPod {
  readonly spec: { readonly nodeName?: string };
  readonly status?: RunningPod['status'] & { readonly podIP?: string };
}

/** Remora's processes of which there are two. */
export const components = ['remora-webhook', 'remora-control'] as const;

/** The pods of a namespace, by label, that are not going away. @throws Error when the API server does not answer. */
export async function podsOf(
  { client }: TestCluster,
  namespace: string,
  labelSelector: string,
): Promise<readonly PlacedPod[]> {
  const listed = await client.list<PlacedPod>(resources.pods, { namespace, labelSelector });
  if (listed.outcome === 'failed') throw new Error(listed.message);
  return listed.value.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Nodes of a component's ready replicas, one name for each replica. */
export async function nodesOf(cluster: TestCluster, component: string): Promise<readonly string[]> {
  const pods = await podsOf(cluster, remora.namespace, `app.kubernetes.io/name=${component}`);
  return pods
    .filter(isReady)
    .map(({ spec }) => spec.nodeName ?? '')
    .sort();
}

/** Whether each of the nodes has one of the replicas at least. */
export function isSpread(placed: readonly string[], nodes: readonly string[]): boolean {
  return nodes.every((node) => placed.includes(node));
}

/** The fewest ready replicas of a component at any moment. */
export interface ReadyWatch {
  readonly fewest: number;
  close(): void;
}

export async function watchReady({ client }: TestCluster, component: string): Promise<ReadyWatch> {
  const stop = new AbortController();
  const informer = createInformer<RunningPod, boolean>({
    ...{ client, type: resources.pods, timer: systemTimer, random: Math.random, log: silentLogger },
    query: { namespace: remora.namespace, labelSelector: `app.kubernetes.io/name=${component}` },
    keep: isReady,
  });
  const count = (): number => [...informer.all()].filter(Boolean).length;
  await informer.start(stop.signal);
  let fewest = count();
  informer.onChange(() => (fewest = Math.min(fewest, count())));
  return {
    get fewest() {
      return fewest;
    },
    close: () => stop.abort(),
  };
}
