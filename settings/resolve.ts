import { shown } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';
import { checkFloors } from './lock.ts';
import type { Floor } from './lock.ts';
import { checkInject, injectLabel, readNamespace } from './namespace.ts';
import type { Effective } from './namespace.ts';
import type { ResolvedSettings, Settings, SettingSources, SettingsConfigMap, Source } from './types.ts';
import { checkLabels, readAnnotations } from './written.ts';
import type { Metadata } from './written.ts';

/** A problem, and the source that it stands in: what one author may be told, another cannot mend. */
export interface Finding {
  readonly source: Source;
  readonly problem: Problem;
}

export interface Examination {
  /** What holds when every text with a problem is left out. */
  readonly settings: Settings;
  readonly findings: readonly Finding[];
}

/**
 * Resolves the settings of one pod: chart, then namespace, then settings ConfigMaps by name, then the pod; the last
 * one wins, within what the locks allow. Takes microseconds, parses no YAML.
 *
 * Refused with every problem of every source. Codes: `UnknownSetting`, `InvalidSetting`, `MisplacedSetting`,
 * `SettingLocked`, and those of `parseSettingsConfigMap`.
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const { settings, findings } = examineSettings(sources);
  return findings.length === 0
    ? { outcome: 'resolved', settings }
    : { outcome: 'refused', problems: findings.map(({ problem }) => problem) };
}

/** As `resolveSettings`, with the source of each problem. `at` is the path of the pod's metadata in messages. */
export function examineSettings(sources: SettingSources, at = 'metadata'): Examination {
  const { namespace } = sources;
  const level = readNamespace(sources.chart, namespace, `namespace ${namespace.name}: metadata`);
  const findings: Finding[] = level.problems.map((problem) => ({ source: 'namespace', problem }));
  const effective = new Map(level.effective);

  for (const configMap of [...sources.configMaps].sort(byName)) {
    applyConfigMap(configMap, sources.podLabels, level.floors, effective, findings);
  }

  const problems: Problem[] = [];
  const pod: Metadata = { at, labels: sources.podLabels, annotations: sources.podAnnotations };
  checkLabels(pod, 'pod', problems);
  checkInject(pod, problems);
  problems.push(...checkOptOut(pod, namespace.labels, level.floors));
  for (const written of readAnnotations(pod, 'pod', 'pod', problems)) {
    problems.push(...checkFloors(written, level.floors));
    effective.set(written.key, { value: written.value, source: 'pod' });
  }
  findings.push(...problems.map((problem): Finding => ({ source: 'pod', problem })));
  return { settings: settingsOf(effective), findings };
}

/** Order of names by code unit: the same in every locale. */
function byName(left: SettingsConfigMap, right: SettingsConfigMap): number {
  return left.name < right.name ? -1 : Number(left.name > right.name);
}

function applyConfigMap(
  { name, document }: SettingsConfigMap,
  podLabels: Readonly<Record<string, string>>,
  floors: readonly Floor[],
  effective: Map<string, Effective>,
  findings: Finding[],
): void {
  const source: Source = `configmap/${name}`;
  const add = (problem: Problem): void => {
    findings.push({ source, problem: { ...problem, field: `${source}: ${problem.field}` } });
  };
  if (document.outcome === 'refused') {
    // Whom a broken document was meant for cannot be known, so it holds up every pod of the namespace.
    document.problems.forEach(add);
    return;
  }
  for (const entry of document.value.entries) {
    if (!matches(entry.matchLabels, podLabels)) continue;
    for (const written of entry.settings) {
      checkFloors(written, floors).forEach(add);
      effective.set(written.key, { value: written.value, source });
    }
  }
}

function matches(wanted: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  for (const key in wanted) if (labels[key] !== wanted[key]) return false;
  return true;
}

/** Refuses a pod's opt-out where `inject` is locked and the namespace says `enabled`. */
function checkOptOut(
  pod: Metadata,
  namespaceLabels: Readonly<Record<string, string>>,
  floors: readonly Floor[],
): readonly Problem[] {
  const text = pod.labels[injectLabel];
  if (text !== 'disabled' || namespaceLabels[injectLabel] !== 'enabled') return [];
  return floors
    .filter(({ keys }) => keys.has('inject'))
    .map(({ by }) => ({
      code: 'SettingLocked',
      field: `${pod.at}.labels[${injectLabel}]`,
      value: shown(text),
      allowed: `locked by ${by} at "enabled"; a pod of this namespace may not opt out`,
      nearest: 'enabled',
    }));
}

function settingsOf(effective: ReadonlyMap<string, Effective>): Settings {
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const [key, { value, source }] of effective) {
    values[key] = value;
    sources[key] = source;
  }
  // Every fixed key has a default, and each value was read by the table's row of its key.
  return { values, sources } as unknown as Settings;
}
