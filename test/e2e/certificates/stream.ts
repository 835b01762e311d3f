import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import type { TestCluster } from '../harness/cluster.ts';
import { isBare } from '../harness/admissions.ts';

/** Pods that several clients make and delete all along, none by dry run. */
export interface PodStream {
  /** Pods that were let in. */
  readonly made: number;
  /** Pods that were let in without what Remora adds. */
  readonly bare: number;
  /** Why pods were refused, each time; a client tries a refused pod again until it is let in. */
  readonly refusals: readonly string[];
  /** Pods that were refused and are not let in yet: one for each client at most. */
  readonly waiting: number;
  /** The longest that a pod was tried until it was let in. */
  readonly longestWaitMs: number;
  /** Ids of the keys that pods were sealed with. */
  readonly sealKeys: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Between two attempts of one client: a steady stream, which leaves the machine to others. */
const betweenMs = 40;

/** Starts a stream in a labelled namespace. Its pods are never scheduled, so that they cost nothing. */
export function startPodStream({ client }: TestCluster, namespace: string, clients: number): PodStream {
  const stop = new AbortController();
  const refusals: string[] = [];
  const sealKeys = new Set<string>();
  const count = { made: 0, bare: 0, waiting: 0, longestWaitMs: 0 };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'stream-', namespace },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      schedulingGates: [{ name: 'test.remora.dev/never' }],
      containers: [{ name: 'main', image: 'none.invalid/a:1' }],
    },
  };
  const run = async (): Promise<void> => {
    let triedSince: number | undefined;
    while (!stop.signal.aborted) {
      const startedAt = systemTimer.now();
      const created = await client.create<KubeObject>(resources.pods, pod);
      if (created.outcome === 'failed') {
        refusals.push(`${new Date(systemTimer.now()).toISOString()} ${created.code}: ${created.message}`);
        if (triedSince === undefined) count.waiting += 1;
        triedSince ??= startedAt;
      } else {
        const { metadata } = created.value;
        count.made += 1;
        count.longestWaitMs = Math.max(count.longestWaitMs, systemTimer.now() - (triedSince ?? startedAt));
        if (triedSince !== undefined) count.waiting -= 1;
        triedSince = undefined;
        if (isBare(created.value)) count.bare += 1;
        sealKeys.add((metadata.annotations?.['remora.dev/seal'] ?? '').split('.')[1] ?? '');
        await client.delete(resources.pods, { namespace, name: metadata.name ?? '' });
      }
      await systemTimer.wait(betweenMs, stop.signal);
    }
  };
  const running = Array.from({ length: clients }, async () => await run());
  return {
    get made() {
      return count.made;
    },
    get bare() {
      return count.bare;
    },
    get waiting() {
      return count.waiting;
    },
    get longestWaitMs() {
      return count.longestWaitMs;
    },
    refusals,
    sealKeys,
    close: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}
