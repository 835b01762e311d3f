import { policyLabel } from '../../../settings/policies/configmap.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { metadataOf } from '../../admission/metadata.ts';

/**
 * Who deletes what a namespace or an owner leaves behind, as kube-controller-manager names itself to the API server; the
 * last is it without an account for each controller.
 */
const cleaners: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:kube-controller-manager',
]);

/**
 * Whether a deletion is one that no policy may judge: of a namespace, of what a namespace or an owner leaves behind, and of
 * a policy, which could make itself undeletable. The chart's conditions say the same, so that nobody asks.
 */
export function isSheltered({ operation, resource, username, oldObject }: AdmissionRequest): boolean {
  if (operation !== 'DELETE') return false;
  if (cleaners.has(username)) return true;
  if (resource.group !== '') return false;
  if (resource.resource === 'namespaces') return true;
  return resource.resource === 'configmaps' && metadataOf(oldObject).labels[policyLabel] !== undefined;
}
