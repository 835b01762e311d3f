import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeFailure, ResourceType } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';

interface Address {
  readonly type: ResourceType;
  readonly name: string;
}

/** What could refuse a pod; it goes first, so that nothing is blocked while the rest goes. */
const refusing: readonly Address[] = [
  { type: resources.validatingAdmissionPolicyBindings, name: 'zz-remora' },
  { type: resources.validatingAdmissionPolicyBindings, name: 'zz-remora-optin' },
  { type: resources.validatingAdmissionPolicies, name: 'zz-remora' },
  { type: resources.validatingAdmissionPolicies, name: 'zz-remora-optin' },
  { type: resources.validatingWebhookConfigurations, name: 'zz-remora-policies' },
  { type: resources.validatingWebhookConfigurations, name: 'zz-remora' },
];

/** What changes pods. A pod that it no longer changes must meet nothing that still refuses. */
const injecting: readonly Address[] = [{ type: resources.mutatingWebhookConfigurations, name: 'zz-remora' }];

/** API servers read policies anew once a second, and webhook configurations at once; twice that, and their watch. */
const settleMs = 3_000;

/** Takes Remora out of admission; returns what could not be deleted. What is gone already is no failure. */
export async function removeFromAdmission(client: KubeClient, timer: Timer): Promise<readonly KubeFailure[]> {
  const failures = await removeAll(client, refusing);
  // While something still refuses, pods go on being injected: the mutator stays for the next attempt.
  if (failures.length > 0) return failures;
  await timer.wait(settleMs);
  return removeAll(client, injecting);
}

async function removeAll(client: KubeClient, addresses: readonly Address[]): Promise<readonly KubeFailure[]> {
  const failures: KubeFailure[] = [];
  for (const { type, name } of addresses) {
    const outcome = await client.delete(type, { name });
    if (outcome.outcome === 'failed' && outcome.code !== 'NotFound') failures.push(outcome);
  }
  return failures;
}
