import type { Problem } from '../runtime/problem.ts';

/** Where an effective value came from; kept for each key and shown in `remora.dev/injected`. */
export type Source = 'default' | 'chart' | 'namespace' | `configmap/${string}` | 'pod';

/** What of a namespace settings and plans read. Its labels and annotations are written by the namespace's admin. */
export interface NamespaceFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type TelemetryRuntime = 'node' | 'java' | 'python';

/** `auto` instruments what is safe without being told; a list names the runtimes. */
export type TelemetrySetting = 'auto' | 'off' | readonly TelemetryRuntime[];

/** Effective values of every setting that exists, each parsed once. Keys are those of the settings table. */
export interface SettingValues {
  readonly telemetry: TelemetrySetting;
  /** Containers to instrument; empty means every container of the pod. */
  readonly 'telemetry-containers': readonly string[];
}

export type SettingKey = keyof SettingValues;

/** Result of resolving all sources for one pod. */
export interface Settings {
  readonly values: SettingValues;
  readonly sources: Readonly<Record<SettingKey, Source>>;
}

/** One settings ConfigMap, as the informer holds it: name and the text of its `settings.yaml`. */
export interface SettingsConfigMap {
  readonly name: string;
  readonly text: string;
}

/** Sources of one pod's settings, lowest precedence first. Each is written by someone else; see docs/security.md. */
export interface SettingSources {
  /** Chart values, written by the cluster's admin: setting key (without prefix) to text. */
  readonly chart: Readonly<Record<string, string>>;
  /** Keys that the chart locks. */
  readonly chartLock: readonly string[];
  readonly namespace: NamespaceFacts;
  readonly configMaps: readonly SettingsConfigMap[];
  /** Labels of the pod (template), which `match` selects by. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
}

export type ResolvedSettings =
  | { readonly outcome: 'resolved'; readonly settings: Settings }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };
