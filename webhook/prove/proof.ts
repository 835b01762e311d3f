/** Whether a pod is the pod that was meant. Codes are headings in docs/errors.md. */
export type Proof =
  { readonly outcome: 'proved' } | { readonly outcome: 'unproved'; readonly code: ProofCode; readonly message: string };

export type ProofCode =
  | 'NotInjected'
  | 'SealMissing'
  | 'SealBroken'
  | 'SealKeyUnknown'
  | 'SealOfAnotherNamespace'
  | 'SealOfAnotherPod'
  | 'PlanVersionUnknown'
  | 'ReservedName'
  | 'EphemeralContainerMountsInjectedVolume';

export const proved: Proof = { outcome: 'proved' };

export function unproved(code: ProofCode, message: string): Proof {
  return { outcome: 'unproved', code, message };
}
