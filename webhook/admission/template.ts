import type { Pod } from '../plan/pod.ts';
import { fieldsOf, metadataOf } from './metadata.ts';

/** Where each kind of workload holds its pod template. */
const paths: ReadonlyMap<string, readonly string[]> = new Map([
  ['Deployment', ['spec', 'template']],
  ['StatefulSet', ['spec', 'template']],
  ['DaemonSet', ['spec', 'template']],
  ['ReplicaSet', ['spec', 'template']],
  ['ReplicationController', ['spec', 'template']],
  ['Job', ['spec', 'template']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
]);

/** Path of the pod template within a workload of this kind; undefined for a kind that has none. */
export function templatePath(kind: string): readonly string[] | undefined {
  return paths.get(kind);
}

/**
 * The pod that a workload's template describes, with the workload as its controller so that names derived from an
 * owner are the ones that its pods will get. Undefined when there is no template with containers.
 */
export function templateOf(object: unknown, kind: string, namespace: string): Pod | undefined {
  const path = templatePath(kind);
  if (path === undefined) return undefined;
  const template = fieldsOf(path.reduce<unknown>((value, key) => fieldsOf(value)[key], object));
  const spec = fieldsOf(template['spec']);
  if (!Array.isArray(spec['containers'])) return undefined;
  const apiVersion = fieldsOf(object)['apiVersion'];
  const { labels, annotations } = metadataOf(template);
  const owner = {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind,
    name: metadataOf(object).name,
    uid: '',
    controller: true,
  };
  // The API server validated the rest of the template before it called a validating webhook.
  return {
    metadata: { namespace, labels, annotations, ownerReferences: [owner] },
    spec: spec as unknown as Pod['spec'],
  };
}
