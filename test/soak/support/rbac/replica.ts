import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resources } from '../../../../kube/resources.ts';
import { watchUntil } from '../../../cluster/watch.ts';
import type { TestCluster } from '../../../e2e/harness/cluster.ts';
import { isReady, type RunningPod } from '../../../e2e/harness/pods.ts';

/** The one pod of a Deployment of Remora, and what it logs. */
export interface Replica {
  /** Name of the pod that runs now. */
  readonly podName: string;
  /** Every line that this pod and those before it have logged. */
  readonly lines: readonly string[];
  /** Ends the pod as a drain of its node would, and resolves when it is gone and the next one runs, ready or not. */
  restart(): Promise<void>;
  isReady(): Promise<boolean>;
  untilReady(): Promise<void>;
  close(): void;
}

export interface ReplicaOptions {
  readonly namespace: string;
  /** Value of app.kubernetes.io/name; its Deployment has one replica. */
  readonly component: string;
  /** Whole seconds that the pod may take to end, when less than its own. */
  readonly graceSeconds?: number;
}

const runsMs = 60_000;
const readyMs = 120_000;

export async function followReplica(cluster: TestCluster, options: ReplicaOptions): Promise<Replica> {
  const { namespace, component, graceSeconds } = options;
  const pods = {
    client: cluster.client,
    type: resources.pods,
    namespace,
    labelSelector: `app.kubernetes.io/name=${component}`,
  };
  const lines: string[] = [];
  let followed: { readonly podName: string; readonly logs: ChildProcess };

  const follow = async (): Promise<typeof followed> => {
    const podName = await watchUntil<RunningPod, string>({
      ...pods,
      what: `one pod of ${component} runs`,
      deadlineMs: runsMs,
      until: (found) => {
        const [only, ...others] = found;
        return others.length === 0 && only !== undefined && isRunning(only) ? only.metadata.name : undefined;
      },
    });
    const [kubectl = '', ...words] = cluster.kubectlCommand;
    const logs = spawn(kubectl, [...words, '--namespace', namespace, 'logs', '--follow', podName], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface(logs.stdout).on('line', (line) => void lines.push(line));
    return { podName, logs };
  };

  followed = await follow();
  return {
    get podName() {
      return followed.podName;
    },
    lines,
    restart: async () => {
      const { podName, logs } = followed;
      const grace = graceSeconds === undefined ? [] : [`--grace-period=${graceSeconds}`];
      await cluster.kubectl('--namespace', namespace, 'delete', 'pod', podName, ...grace);
      logs.kill();
      followed = await follow();
    },
    isReady: async () => {
      const pod = await cluster.client.get<RunningPod>(resources.pods, { namespace, name: followed.podName });
      return pod.outcome === 'ok' && isReady(pod.value);
    },
    untilReady: async () => {
      await watchUntil<RunningPod, true>({
        ...pods,
        what: `${component} is ready`,
        deadlineMs: readyMs,
        until: (found) =>
          found.some((pod) => pod.metadata.name === followed.podName && isReady(pod)) ? true : undefined,
      });
    },
    close: () => void followed.logs.kill(),
  };
}

function isRunning({ metadata, status }: RunningPod): boolean {
  return status?.phase === 'Running' && metadata.deletionTimestamp === undefined;
}
