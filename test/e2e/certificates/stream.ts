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
  /** Why pods were refused, each time. */
  readonly refusals: readonly string[];
  /** Ids of the keys that pods were sealed with. */
  readonly sealKeys: ReadonlySet<string>;
  close(): Promise<void>;
}

/** Between two pods of one client: a steady stream, which leaves the machine to others. */
const betweenMs = 40;

/** Starts a stream in a labelled namespace. Its pods are never scheduled, so that they cost nothing. */
export function startPodStream({ client }: TestCluster, namespace: string, clients: number): PodStream {
  const stop = new AbortController();
  const refusals: string[] = [];
  const sealKeys = new Set<string>();
  const count = { made: 0, bare: 0 };
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
    while (!stop.signal.aborted) {
      const created = await client.create<KubeObject>(resources.pods, pod);
      if (created.outcome === 'failed') {
        refusals.push(`${new Date(systemTimer.now()).toISOString()} ${created.code}: ${created.message}`);
      } else {
        const { metadata } = created.value;
        count.made += 1;
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
    refusals,
    sealKeys,
    close: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}
