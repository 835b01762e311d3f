import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../kube/types.ts';
import { exists } from '../../manifests/images/cache.ts';
import { systemTimer } from '../../runtime/clock.ts';
import type { NodeAddresses } from './addresses.ts';
import { makeGroups } from './cgroups.ts';
import { importImage, prepareContainerd } from './containerd.ts';
import { prepareNode } from './kubelet.ts';
import { nodeLayout } from './layout.ts';
import type { Program, Started } from './processes.ts';
import type { ClusterStart } from './startup.ts';
import { watchUntil } from './watch.ts';

export interface Node extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Starts a program of a cluster, and keeps an eye on it. */
export type Begin = (program: Program) => Promise<Started>;

/** How long any part of a cluster may take to be ready. */
export const readyDeadlineMs = 60_000;

/** Whether its kubelet was heard of within the node controller's patience. */
export function isNodeReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** A node's containerd with the pause image: ready to run pods. */
export async function startRuntime(node: NodeAddresses, options: ClusterStart, begin: Begin): Promise<void> {
  const own = nodeLayout(options.layout, node.name);
  await makeGroups(own.cgroup);
  await begin(await prepareContainerd(node, own, options.binaries, options.pause.reference));
  const deadline = systemTimer.now() + readyDeadlineMs;
  while (!(await exists(own.containerdSocket))) {
    if (systemTimer.now() > deadline) throw new Error(`containerd of ${node.name} does not listen`);
    await systemTimer.wait(20);
  }
  await importImage(options.pause, own, options.binaries, options.environment);
}

/** A node's kubelet and kube-proxy; resolves when the node is Ready. */
export async function startNode(
  node: NodeAddresses,
  client: KubeClient,
  options: ClusterStart,
  begin: Begin,
): Promise<void> {
  const own = nodeLayout(options.layout, node.name);
  // The pod range is fixed by the network, so it is written here; the kubelet completes the rest of its Node.
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name },
    spec: { podCIDR: node.podRange, podCIDRs: [node.podRange] },
  };
  const created = await client.create(resources.nodes, object);
  // A node that comes back finds its Node where it was.
  if (created.outcome === 'failed' && created.code !== 'AlreadyExists') {
    throw new Error(`${node.name}: ${created.code}: ${created.message}`);
  }
  const programs = await prepareNode(options.layout, node, own, options.binaries, options.features, options.proxyMode);
  await Promise.all([begin(programs.kubelet), begin(programs.proxy)]);
  await watchUntil<Node, true>({
    client,
    type: resources.nodes,
    fieldSelector: `metadata.name=${node.name}`,
    what: `${node.name} is Ready`,
    deadlineMs: readyDeadlineMs,
    until: ([found]) => (isNodeReady(found) ? true : undefined),
  });
}
