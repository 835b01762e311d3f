import { resolveSettings } from '../../settings/resolve.ts';
import type { ChartSettings } from '../../settings/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { preview } from '../plan/features.ts';
import type { WorkloadRules } from './workload.ts';

/** Makes the preview of workloads: what injection would do to a pod of their template, from the same facts. */
export function createPreview(cluster: Cluster, chart: ChartSettings): WorkloadRules['preview'] {
  return (template, namespace) => {
    const { labels: podLabels = {}, annotations: podAnnotations = {} } = template.metadata;
    const configMaps = cluster.settingsConfigMaps(namespace.name);
    const resolved = resolveSettings({ chart, namespace, configMaps, podLabels, podAnnotations });
    // The caller has told of every problem already.
    return resolved.outcome === 'refused' ? [] : preview(template, resolved.settings, cluster.factsOf(namespace));
  };
}
