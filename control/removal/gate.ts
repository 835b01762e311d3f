import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeFailure, ResourceType } from '../../kube/types.ts';

/** What could refuse or change a pod; it goes first, so that nothing is blocked while the rest goes. */
const gate: readonly { readonly type: ResourceType; readonly name: string }[] = [
  { type: resources.validatingAdmissionPolicyBindings, name: 'zz-remora' },
  { type: resources.validatingAdmissionPolicyBindings, name: 'zz-remora-optin' },
  { type: resources.validatingAdmissionPolicies, name: 'zz-remora' },
  { type: resources.validatingAdmissionPolicies, name: 'zz-remora-optin' },
  { type: resources.validatingWebhookConfigurations, name: 'zz-remora' },
  { type: resources.mutatingWebhookConfigurations, name: 'zz-remora' },
];

/** Takes Remora out of admission; returns what could not be deleted. What is gone already is no failure. */
export async function removeFromAdmission(client: KubeClient): Promise<readonly KubeFailure[]> {
  const failures: KubeFailure[] = [];
  for (const { type, name } of gate) {
    const outcome = await client.delete(type, { name });
    if (outcome.outcome === 'failed' && outcome.code !== 'NotFound') failures.push(outcome);
  }
  return failures;
}
