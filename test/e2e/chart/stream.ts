import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { TestCluster } from '../harness/cluster.ts';

export interface StreamCounts {
  readonly created: number;
  /** Of those created: how many came out without Remora's seal. */
  readonly bare: number;
  /** Plan versions that injected them. */
  readonly plans: ReadonlySet<number>;
  readonly refusals: readonly string[];
}

/** A pod that is never scheduled: what is looked at is its admission. */
export function gatedPod(namespace: string, name: string): KubeObject {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      schedulingGates: [{ name: 'remora.test/stays' }],
      containers: [{ name: 'main', image: 'none.invalid/a:1' }],
    },
  };
  return object;
}

export function isInjected({ metadata }: KubeObject): boolean {
  const { annotations = {} } = metadata;
  return annotations['remora.dev/injected'] !== undefined && annotations['remora.dev/seal'] !== undefined;
}

/** The plan version that a pod was injected by; undefined when it was not. */
export function planOf({ metadata }: KubeObject): number | undefined {
  const { plan } = JSON.parse(metadata.annotations?.['remora.dev/injected'] ?? '{}') as { readonly plan?: number };
  return plan;
}

/** Creates pods, and deletes them again, one after another while `work` runs, and counts how each was admitted. */
export async function whileCreating(
  cluster: TestCluster,
  namespace: string,
  work: () => Promise<unknown>,
): Promise<StreamCounts> {
  const progress = { isDone: false };
  const working = work().finally(() => (progress.isDone = true));
  const refusals: string[] = [];
  const plans = new Set<number>();
  let created = 0;
  let bare = 0;
  const start = process.hrtime.bigint();
  const creating = async (): Promise<void> => {
    while (!progress.isDone) {
      const name = `stream-${start}-${created + refusals.length}`;
      const outcome = await cluster.client.create<KubeObject>(resources.pods, gatedPod(namespace, name));
      if (outcome.outcome === 'failed') refusals.push(outcome.message);
      else {
        created += 1;
        if (!isInjected(outcome.value)) bare += 1;
        const plan = planOf(outcome.value);
        if (plan !== undefined) plans.add(plan);
        await cluster.client.delete(resources.pods, { namespace, name });
      }
    }
  };
  await Promise.all([working, creating()]);
  return { created, bare, plans, refusals };
}
