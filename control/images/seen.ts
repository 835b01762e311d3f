import type { KubeObject, ResourceType } from '../../kube/types.ts';
import { resources } from '../../kube/resources.ts';

/** Where container images are named: pods, and the templates that pods are about to be made from. */
export const imageSources: readonly ResourceType[] = [
  resources.pods,
  { group: 'apps', version: 'v1', plural: 'deployments' },
  { group: 'apps', version: 'v1', plural: 'statefulsets' },
  { group: 'apps', version: 'v1', plural: 'daemonsets' },
  { group: 'batch', version: 'v1', plural: 'cronjobs' },
];

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, name) =>
      typeof current === 'object' && current !== null
        ? (current as Readonly<Record<string, unknown>>)[name]
        : undefined,
    value,
  );
}

/**
 * Images of a pod's, workload's or CronJob's containers and init containers, each once, in order.
 *
 * The object comes from the API server, so its types hold; a part that is not there names no image.
 */
export function imagesOf(object: KubeObject): readonly string[] {
  const spec =
    at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec') ??
    at(object, 'spec', 'template', 'spec') ??
    at(object, 'spec');
  const containers = [at(spec, 'containers'), at(spec, 'initContainers')].flatMap((list) =>
    Array.isArray(list) ? (list as readonly unknown[]) : [],
  );
  const images = containers.map((container) => at(container, 'image'));
  return [...new Set(images.filter((image): image is string => typeof image === 'string' && image !== ''))];
}
