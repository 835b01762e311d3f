import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInformer } from '../../../kube/informer.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import type { NodeLayout } from '../../cluster/layout.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import type { TestCluster } from '../../e2e/harness/cluster.ts';
import { remora } from '../../e2e/harness/remora.ts';
import { endReplica, readyReplicas } from '../../e2e/outage/kill.ts';
import type { PlacedPod } from './placement.ts';

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseDurationSeconds?: number | null;
  };
}

/** The lease of control, as it was written last. Times are those of the holder's clock, which is this machine's. */
export interface Holding {
  /** Name of the pod; empty when nobody holds it. */
  readonly holder: string;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  readonly durationMs: number;
}

export interface LeaseWatch {
  readonly current: Holding;
  /** The last that was heard of a holder. */
  lastOf(holder: string): Holding | undefined;
  close(): void;
}

const control = { namespace: remora.namespace, component: 'remora-control', count: 2 };

export async function watchLease({ client }: TestCluster): Promise<LeaseWatch> {
  const stop = new AbortController();
  const nobody: Holding = { holder: '', acquiredAt: 0, renewedAt: 0, durationMs: 0 };
  const informer = createInformer<Lease, Holding>({
    ...{ client, type: resources.leases, timer: systemTimer, random: Math.random, log: silentLogger },
    query: { namespace: remora.namespace, fieldSelector: 'metadata.name=remora-control' },
    keep: ({ spec = {} }) => ({
      holder: spec.holderIdentity ?? '',
      acquiredAt: Date.parse(spec.acquireTime ?? ''),
      renewedAt: Date.parse(spec.renewTime ?? ''),
      durationMs: (spec.leaseDurationSeconds ?? 0) * 1_000,
    }),
  });
  const last = new Map<string, Holding>();
  informer.onChange((_namespace, _name, holding) => holding !== undefined && last.set(holding.holder, holding));
  await informer.start(stop.signal);
  return {
    get current() {
      return informer.get(remora.namespace, 'remora-control') ?? nobody;
    },
    lastOf: (holder) => last.get(holder),
    close: () => stop.abort(),
  };
}

/** Ends the lease's holder until a replica on the wanted node holds it; returns that pod. */
export async function leadFrom(cluster: TestCluster, lease: LeaseWatch, node: string): Promise<PlacedPod> {
  return await attemptUntil(`the lease is held on ${node}`, 120_000, async () => {
    const pods = (await readyReplicas(cluster, control)) as readonly PlacedPod[];
    const { holder } = lease.current;
    const leader = pods.find(({ metadata }) => metadata.name === holder);
    if (leader === undefined || leader.spec.nodeName === node) return leader;
    await endReplica(cluster, leader, 'SIGTERM');
    await attemptUntil('another holder', 60_000, async () =>
      Promise.resolve(lease.current.holder === '' || lease.current.holder === holder ? undefined : true),
    );
    return undefined;
  });
}

/**
 * When a replica of control noted that it leads no more, as its log on the node's own disk says: `kubectl logs` does
 * not reach a node that is cut off.
 */
export async function stoppedLeadingAt(node: NodeLayout, { metadata }: PlacedPod): Promise<number | undefined> {
  const { namespace = '', name = '', uid = '' } = metadata;
  const path = join(node.podLogs, `${namespace}_${name}_${uid}`, 'control', '0.log');
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    // As the kubelet writes them: time, stream, tag, text.
    .map((line) => line.slice(line.indexOf('{')))
    .filter((line) => line.includes('"event":"lease.lost"'));
  const [last] = lines.slice(-1);
  return last === undefined ? undefined : Date.parse((JSON.parse(last) as { readonly time: string }).time);
}
