import type { Problem } from '../runtime/problem.ts';
import { catalog } from './catalog.ts';
import { chartLocks, checkFloors, namespaceLocks } from './lock.ts';
import type { Floor } from './lock.ts';
import { injectKind, lockKind, prefix } from './marks.ts';
import type { ChartSettings, LockKey, NamespaceFacts, Source } from './types.ts';
import { checkLabels, invalid, readAnnotations } from './written.ts';

/** An effective value, and where it came from. */
export interface Effective {
  readonly value: unknown;
  readonly source: Source;
}

/** What chart and namespace together say, before any ConfigMap or pod. */
export interface NamespaceLevel {
  readonly effective: ReadonlyMap<string, Effective>;
  readonly floors: readonly Floor[];
  /** Problems of the namespace's own labels and annotations. */
  readonly problems: readonly Problem[];
}

export const injectLabel = `${prefix}inject`;
export const lockAnnotation = `${prefix}lock`;

const defaults: readonly (readonly [string, Effective])[] = catalog.rows
  .filter(({ setting }) => setting.default !== undefined)
  .map(({ key, setting }) => [key, { value: setting.default, source: 'default' }]);

/**
 * Reads a namespace's labels and annotations above the chart's values, and reports every problem in them.
 *
 * `at` is the path of its metadata in messages. Codes: `UnknownSetting`, `InvalidSetting`, `MisplacedSetting`,
 * `SettingLocked` (below the chart's lock).
 */
export function readNamespace(chart: ChartSettings, namespace: NamespaceFacts, at = 'metadata'): NamespaceLevel {
  const problems: Problem[] = [];
  const effective = new Map(defaults);
  for (const [key, value] of Object.entries(chart.values)) effective.set(key, { value, source: 'chart' });
  const floors: Floor[] = chart.lock.size > 0 ? [floor(chartLocks, chart.lock, effective)] : [];

  const metadata = { at, labels: namespace.labels, annotations: namespace.annotations };
  checkLabels(metadata, 'namespace', problems);
  checkInject(metadata, problems);
  for (const written of readAnnotations(metadata, 'namespace', 'namespace', problems)) {
    problems.push(...checkFloors(written, floors));
    effective.set(written.key, { value: written.value, source: 'namespace' });
  }
  const lock = namespace.annotations[lockAnnotation];
  if (lock !== undefined) {
    const read = lockKind.read(lock);
    if (read.outcome === 'read') floors.push(floor(namespaceLocks(namespace.name), new Set(read.value), effective));
    else problems.push(invalid(`${at}.annotations[${lockAnnotation}]`, lock, lockKind));
  }
  return { effective, floors, problems };
}

function floor(by: string, keys: ReadonlySet<LockKey>, effective: ReadonlyMap<string, Effective>): Floor {
  return { by, keys, values: new Map([...effective].map(([key, { value }]) => [key, value])) };
}

/** Checks the value of the label `inject`, on a namespace or a pod. */
export function checkInject(
  metadata: { readonly at: string; readonly labels: Readonly<Record<string, string>> },
  problems: Problem[],
): void {
  const text = metadata.labels[injectLabel];
  if (text === undefined || injectKind.read(text).outcome === 'read') return;
  problems.push(invalid(`${metadata.at}.labels[${injectLabel}]`, text, injectKind));
}
