import type { KubeObject } from '../../../kube/types.ts';
import { policyConfigMap } from '../../../settings/policies/configmap.ts';
import type { WrittenConfigMap } from '../../../settings/policies/configmap.ts';
import { readPolicy } from '../../../settings/policies/document.ts';
import type { PolicyDocument } from '../../../settings/policies/document.ts';
import type { ReadPolicy } from '../../../settings/policies/types.ts';

/** A policy ConfigMap as the informer keeps it: read once. */
export interface StoredPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly read: ReadPolicy<PolicyDocument>;
}

/** Reads a policy once. One that was stored broken, while the webhook was away, is kept with its problems. */
export function keepPolicy(configMap: KubeObject & WrittenConfigMap): StoredPolicy {
  const written = policyConfigMap(configMap);
  return { namespace: written.namespace, name: written.name, read: readPolicy(written) };
}
