import type { KubeOutcome } from '../../../../kube/types.ts';

/** What a call of the soak's own answered; its own calls are allowed everything. @throws Error when it failed. */
export function valueOf<T>(outcome: KubeOutcome<T>): T {
  if (outcome.outcome === 'failed') throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.value;
}
