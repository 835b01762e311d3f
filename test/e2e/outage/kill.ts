import { readFile, readdir } from 'node:fs/promises';
import { resources } from '../../../kube/resources.ts';
import { watchUntil } from '../../cluster/watch.ts';
import type { TestCluster } from '../harness/cluster.ts';
import { isReady, restarts, type RunningPod } from '../harness/pods.ts';

/**
 * How a replica ends:
 *
 * - `SIGTERM`: its pod is deleted, and it may finish what it answers.
 * - `forced`: its pod is deleted without grace: it is gone from the API at once, and killed a second after.
 * - `SIGKILL`: its process is killed, as by the kernel when memory is short; the kubelet starts the container again.
 */
export type Ending = 'SIGTERM' | 'forced' | 'SIGKILL';

export interface Replicas {
  readonly namespace: string;
  /** Value of app.kubernetes.io/name. */
  readonly component: string;
  readonly count: number;
}

/** Ends one replica, and resolves when that was asked for. */
export async function endReplica(cluster: TestCluster, pod: RunningPod, ending: Ending): Promise<void> {
  const { name = '', namespace = '' } = pod.metadata;
  if (ending === 'SIGKILL') {
    await killProcesses(pod);
    return;
  }
  const words = ending === 'forced' ? ['--grace-period=0', '--force'] : [];
  await cluster.kubectl('--namespace', namespace, 'delete', 'pod', name, '--wait=false', ...words);
}

/**
 * Kills what runs in a pod's containers: pods of a test cluster are processes of this machine, whose control group
 * names their container.
 */
async function killProcesses({ metadata, status }: RunningPod): Promise<void> {
  const ids = (status?.containerStatuses ?? []).map(({ containerID = '' }) => containerID.replace(/^.*:\/\//, ''));
  let killed = 0;
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const group = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (!ids.some((id) => id !== '' && group.includes(id))) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed += 1;
  }
  if (killed === 0) throw new Error(`no process of ${metadata.name ?? ''} is found here`);
}

/** Waits until all replicas are ready, without one that is to be gone or started anew. */
export async function readyReplicas(
  { client }: TestCluster,
  { namespace, component, count }: Replicas,
  ended?: RunningPod,
): Promise<readonly RunningPod[]> {
  return await watchUntil<RunningPod, readonly RunningPod[]>({
    client,
    type: resources.pods,
    namespace,
    labelSelector: `app.kubernetes.io/name=${component}`,
    what: `${count} replicas of ${component} are ready`,
    deadlineMs: 90_000,
    until: (pods) => {
      const isBack = (pod: RunningPod): boolean =>
        pod.metadata.uid !== ended?.metadata.uid || (ended !== undefined && restarts(pod) > restarts(ended));
      const ready = pods.filter((pod) => isReady(pod) && isBack(pod));
      return ready.length >= count ? ready : undefined;
    },
  });
}

/** When a replica became ready, as RFC 3339. */
function readySince({ status }: RunningPod): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
}

/** Ends the replica that was ready longest, so that each has its turn; returns it as it was. */
export async function endOldest(cluster: TestCluster, replicas: Replicas, ending: Ending): Promise<RunningPod> {
  const ready = await readyReplicas(cluster, replicas);
  const [oldest] = [...ready].sort((a, b) => readySince(a).localeCompare(readySince(b)));
  if (oldest === undefined) throw new Error(`no replica of ${replicas.component}`);
  await endReplica(cluster, oldest, ending);
  return oldest;
}
