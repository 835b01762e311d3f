import { parseChartSettings } from '../../../settings/chart.ts';
import { parseSettingsConfigMap } from '../../../settings/document.ts';
import type { ChartSettings, SettingsConfigMap, SettingSources } from '../../../settings/types.ts';

/** Chart settings of a test; throws when the test wrote them wrong. */
export function chart(settings: Readonly<Record<string, string>> = {}, lock: readonly string[] = []): ChartSettings {
  const parsed = parseChartSettings(settings, lock);
  if (parsed.outcome === 'refused') throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

export function configMap(name: string, text: string): SettingsConfigMap {
  return { name, document: parseSettingsConfigMap(text) };
}

/** Sources that say nothing, in a labelled namespace, but for what a test is about. */
export function sources(
  parts: Partial<Omit<SettingSources, 'namespace'>> & {
    readonly namespace?: Readonly<Record<string, string>>;
    readonly namespaceLabels?: Readonly<Record<string, string>>;
  } = {},
): SettingSources {
  const { namespace = {}, namespaceLabels = { 'remora.dev/inject': 'enabled' }, ...rest } = parts;
  return {
    chart: chart(),
    configMaps: [],
    podLabels: {},
    podAnnotations: {},
    ...rest,
    namespace: { name: 'shop', labels: namespaceLabels, annotations: namespace },
  };
}
