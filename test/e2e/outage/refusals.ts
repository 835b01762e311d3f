import type { KubeObject } from '../../../kube/types.ts';
import type { TestCluster } from '../harness/cluster.ts';

interface CoreEvent extends KubeObject {
  readonly count?: number;
  readonly message?: string;
}

/** What controllers noted of pods that they could not make. */
export interface NotedRefusals {
  readonly count: number;
  readonly messages: readonly string[];
}

/** FailedCreate events of a namespace. Their recorder merges and limits them: `count` is a lower bound. */
export async function notedRefusals({ client }: TestCluster, namespace: string): Promise<NotedRefusals> {
  const type = { group: '', version: 'v1', plural: 'events' };
  const listed = await client.list<CoreEvent>(type, { namespace, fieldSelector: 'reason=FailedCreate' });
  if (listed.outcome === 'failed') throw new Error(listed.message);
  const { items } = listed.value;
  return {
    count: items.reduce((sum, { count }) => sum + (count ?? 1), 0),
    messages: [...new Set(items.map(({ message }) => message ?? ''))],
  };
}

/** What the API server counted since it started, of all namespaces. */
export interface CountedRefusals {
  /** Pods that a ValidatingAdmissionPolicy of Remora refused. */
  readonly byPolicy: number;
  /** Pods that went on without the mutating webhook, since it could not be reached. */
  readonly notInjected: number;
  /** Pods that the proving webhook refused, or that were refused since it could not be reached. */
  readonly byProof: number;
}

/** Reads the API server's own metrics. */
export async function countedRefusals(cluster: TestCluster): Promise<CountedRefusals> {
  const lines = (await cluster.kubectl('get', '--raw', '/metrics')).split('\n');
  const sum = (metric: string, ...labels: readonly string[]): number =>
    lines
      .filter((line) => line.startsWith(`${metric}{`) && labels.every((label) => line.includes(label)))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    byPolicy: sum(
      'apiserver_validating_admission_policy_check_total',
      'enforcement_action="deny"',
      'policy="zz-remora"',
    ),
    notInjected: sum('apiserver_admission_webhook_fail_open_count', 'name="pods.inject.remora.dev"'),
    byProof: sum('apiserver_admission_webhook_rejection_count', 'name="pods.prove.remora.dev"'),
  };
}
