import type { KubeObject } from '../../kube/types.ts';
import type { NamespaceFacts } from '../../settings/types.ts';

/**
 * What stays in memory of a namespace: its labels, and of its annotations only Remora's own.
 *
 * Others' annotations can be large (`kubectl.kubernetes.io/last-applied-configuration`) and nothing reads them.
 */
export function keepNamespace({ metadata }: KubeObject): NamespaceFacts {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith('remora.dev/'));
  return {
    name: metadata.name ?? '',
    labels: { ...metadata.labels },
    annotations: Object.fromEntries(annotations),
  };
}
