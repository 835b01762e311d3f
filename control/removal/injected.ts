import type { KubeObject } from '../../kube/types.ts';

/** A pod that still has what Remora put in. */
export interface InjectedPod {
  readonly namespace: string;
  readonly name: string;
  readonly features: readonly string[];
}

/** Names of the features in `remora.dev/injected`; a pod's author may have written anything there. */
function featuresIn(annotation: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(annotation);
    const features: unknown = typeof value === 'object' && value !== null && 'features' in value ? value.features : {};
    return typeof features === 'object' && features !== null ? Object.keys(features).slice(0, 20) : [];
  } catch {
    return [];
  }
}

/** The pods among `objects` that carry Remora's annotation, in order of namespace and name. */
export function injectedPods(objects: readonly KubeObject[]): readonly InjectedPod[] {
  return objects
    .flatMap(({ metadata }) => {
      const annotation = metadata.annotations?.['remora.dev/injected'];
      if (annotation === undefined) return [];
      return [{ namespace: metadata.namespace ?? '', name: metadata.name ?? '', features: featuresIn(annotation) }];
    })
    .toSorted((left, right) => {
      const [a, b] = [`${left.namespace}/${left.name}`, `${right.namespace}/${right.name}`];
      return a < b ? -1 : a > b ? 1 : 0;
    });
}

/** A table for a person who is uninstalling, and what to do about the rows. */
export function describeInjectedPods(pods: readonly InjectedPod[]): string {
  if (pods.length === 0) return 'No pod is injected any more.\n';
  const rows = [
    ['NAMESPACE', 'POD', 'FEATURES'],
    ...pods.map((pod) => [pod.namespace, pod.name, pod.features.join(',')]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))];
  const restarts = namespaces.map(
    (namespace) => `  kubectl rollout restart deployment,statefulset,daemonset -n ${namespace}`,
  );
  return [
    `${pods.length} pods still have what Remora put in. They go on running; a restart takes it off:`,
    ...lines,
    'To restart them:',
    ...restarts,
    '',
  ].join('\n');
}
