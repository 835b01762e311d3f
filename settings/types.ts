import type { Parsed, Problem } from '../runtime/problem.ts';

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

/**
 * Effective values of every setting that exists, each parsed once. Keys are those of the settings table.
 *
 * A key pattern such as `secret-<name>` is an index signature here (`[key: `secret-${string}`]`), so that the type
 * of its values is known wherever the key is.
 */
export interface SettingValues {
  readonly telemetry: TelemetrySetting;
  /** Containers to instrument; empty means every container of the pod. */
  readonly 'telemetry-containers': readonly string[];
}

export type SettingKey = keyof SettingValues;

/** What a lock may name: a setting, or the opt-in label itself. */
export type LockKey = SettingKey | 'inject';

/** Result of resolving all sources for one pod. */
export interface Settings {
  readonly values: SettingValues;
  readonly sources: Readonly<Record<SettingKey, Source>>;
}

/** Chart values, parsed once at start by `parseChartSettings`; written by the cluster's admin. */
export interface ChartSettings {
  readonly values: Readonly<Partial<SettingValues>>;
  /** Keys that every level below may only tighten. */
  readonly lock: ReadonlySet<LockKey>;
}

/** One setting as it was written, with the value that the table's row of its key read. */
export interface WrittenSetting {
  /** Key without the prefix `remora.dev/`. */
  readonly key: string;
  readonly text: string;
  /** Where it stands, for messages. */
  readonly field: string;
  readonly value: unknown;
}

/** One entry of `settings.yaml`: settings for the pods that carry all of these labels (none: every pod). */
export interface SettingsEntry {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly settings: readonly WrittenSetting[];
}

/** A parsed `settings.yaml`; later entries win. */
export interface SettingsDocument {
  readonly entries: readonly SettingsEntry[];
}

/**
 * One settings ConfigMap, as the informer keeps it: its `settings.yaml` already parsed by
 * `parseSettingsConfigMap`, so that no pod ever waits for YAML.
 */
export interface SettingsConfigMap {
  readonly name: string;
  readonly document: Parsed<SettingsDocument>;
}

/** Sources of one pod's settings, lowest precedence first. Each is written by someone else; see docs/security.md. */
export interface SettingSources {
  readonly chart: ChartSettings;
  readonly namespace: NamespaceFacts;
  /** In any order; they apply in order of their names. Written by who may write ConfigMaps in the namespace. */
  readonly configMaps: readonly SettingsConfigMap[];
  /** Labels of the pod (template), which `match` selects by. Written by the pod's author. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Written by the pod's author. */
  readonly podAnnotations: Readonly<Record<string, string>>;
}

export type ResolvedSettings =
  | { readonly outcome: 'resolved'; readonly settings: Settings }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };
