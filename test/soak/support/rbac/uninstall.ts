import { parseAllDocuments } from 'yaml';
import { resources } from '../../../../kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../kube/types.ts';
import { applyObjects } from '../../../e2e/harness/apply.ts';
import type { TestCluster } from '../../../e2e/harness/cluster.ts';
import type { RunningPod } from '../../../e2e/harness/pods.ts';
import { remora } from '../../../e2e/harness/remora.ts';
import type { Check } from './check.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

const name = 'remora-uninstall';

/** What `helm uninstall` makes before it takes anything away, as the release holds it. */
async function hooks(cluster: TestCluster): Promise<readonly (KubeObject & { readonly kind: string })[]> {
  const text = await cluster.helm('get', 'hooks', remora.release, '--namespace', remora.namespace);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as (KubeObject & { readonly kind: string }) | null)
    .filter((object) => object !== null);
}

/** Makes the account and the rights of the uninstall, which otherwise come and go with it; without its Job. */
export async function prepareUninstall(cluster: TestCluster): Promise<void> {
  const objects = (await hooks(cluster)).filter(({ kind }) => kind !== 'Job');
  await applyObjects(cluster, remora.namespace, objects);
}

/** Everything of Remora that could refuse or change a pod. */
const admission: readonly (readonly [ResourceType, readonly string[]])[] = [
  [resources.mutatingWebhookConfigurations, ['zz-remora']],
  [resources.validatingWebhookConfigurations, ['zz-remora', 'zz-remora-policies']],
  [resources.validatingAdmissionPolicies, ['zz-remora', 'zz-remora-optin']],
  [resources.validatingAdmissionPolicyBindings, ['zz-remora', 'zz-remora-optin']],
];

export const uninstalls: Check = {
  shows: 'uninstalling takes Remora out of admission, and names the pods that are still injected',
  provokedBy: 'the Job of `helm uninstall` is run',
  recovers: 'when provoked again',
  provoke: async (world) => {
    const { cluster, namespace, injectedPod } = world;
    await world.reinstall();
    const jobs = (await hooks(cluster)).filter(({ kind }) => kind === 'Job');
    await applyObjects(cluster, namespace, jobs);
    const printed = jobOutput(world);
    return {
      seen: async () => {
        await printed.read();
        if (!printed.lines.some((line) => line.includes(injectedPod))) return undefined;
        return (await isOutOfAdmission(cluster)) ? `gone, and ${injectedPod} is named` : undefined;
      },
      lines: printed.lines,
      close: async () => {
        await cluster.kubectl('--namespace', namespace, 'delete', 'job', name, '--cascade=foreground');
      },
    };
  },
};

/** What the pods of the Job printed, once each has ended. */
function jobOutput({ cluster, namespace }: World): { readonly lines: readonly string[]; read(): Promise<void> } {
  const lines: string[] = [];
  const known = new Set<string>();
  return {
    lines,
    read: async () => {
      const pods = await cluster.client.list<RunningPod>(resources.pods, {
        namespace,
        labelSelector: `batch.kubernetes.io/job-name=${name}`,
      });
      for (const { metadata, status } of valueOf(pods).items) {
        const { name: pod = '' } = metadata;
        const hasEnded = status?.phase === 'Failed' || status?.phase === 'Succeeded';
        if (!hasEnded || known.has(pod)) continue;
        known.add(pod);
        const text = await cluster.kubectl('--namespace', namespace, 'logs', pod);
        lines.push(...text.split('\n'));
      }
    },
  };
}

async function isOutOfAdmission(cluster: TestCluster): Promise<boolean> {
  const found = await Promise.all(
    admission.flatMap(([type, names]) => names.map((each) => cluster.client.get(type, { name: each }))),
  );
  return found.every((outcome) => outcome.outcome === 'failed' && outcome.code === 'NotFound');
}
