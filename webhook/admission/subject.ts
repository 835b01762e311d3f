import type { Pod } from '../plan/pod.ts';
import type { Subject } from './handler.ts';

/**
 * Whom events about a pod are addressed to: its controller, since a pod that is being admitted has no uid and one
 * that is refused never exists. A pod without a controller is named by its namespace.
 */
export function subjectOf(pod: Pod, namespace: string): Subject {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return { apiVersion: 'v1', kind: 'Namespace', namespace, name: namespace };
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, namespace, name, uid };
}
