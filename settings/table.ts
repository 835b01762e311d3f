import type { SettingKey, SettingValues, TelemetrySetting } from './types.ts';
import { containerNames, wordOrList } from './value.ts';
import type { ValueKind } from './value.ts';

/** Who may write a setting; each is a source of its own, lowest precedence first. */
export type Writer = 'chart' | 'namespace' | 'configmap' | 'pod';

export const writers: readonly Writer[] = ['chart', 'namespace', 'configmap', 'pod'];

export interface Example {
  readonly text: string;
  /** What it does, for docs/annotations.md. */
  readonly meaning: string;
}

/**
 * One row of the settings table: all that parser, lock, documentation and the chart's schema know of a key.
 *
 * `isAtLeast` is a method for the reason given at `ValueKind`.
 */
export interface Setting<T> {
  readonly kind: ValueKind<T>;
  /** Value when no source says anything; undefined for patterns, whose keys exist only where they are written. */
  readonly default: T | undefined;
  /** What it does, in one paragraph of Markdown. */
  readonly description: string;
  readonly examples: readonly Example[];
  readonly writers: readonly Writer[];
  /** Version of Remora that brought it. */
  readonly since: string;
  /** How values are ordered for a lock, in words. */
  readonly tighter: string;
  /** Whether `value` is as tight as `floor` or tighter. A partial order: reflexive and transitive. */
  isAtLeast(value: T, floor: T): boolean;
}

/** A table has one row for each key of `SettingValues`; a row `secret-<name>` stands for every key `secret-…`. */
export type SettingTable = { readonly [K in SettingKey]: Setting<NonNullable<SettingValues[K]>> };

const runtimes = ['node', 'java', 'python'] as const;

/** `auto` promises no runtime in particular, so that only the full list is sure to be as tight. */
function telemetryIsAtLeast(value: TelemetrySetting, floor: TelemetrySetting): boolean {
  if (floor === 'off' || value === floor) return true;
  if (value === 'off' || value === 'auto') return false;
  const wanted = floor === 'auto' ? runtimes : floor;
  return wanted.every((runtime) => value.includes(runtime));
}

/** Every setting that exists. Adding one is a row here and its type in `SettingValues`. */
export const settingTable: SettingTable = {
  telemetry: {
    kind: wordOrList(['auto', 'off'], runtimes, {
      auto: ['true', 'on', 'yes', 'enabled', 'enable', 'all', '1'],
      off: ['false', 'no', 'none', 'disabled', 'disable', '0'],
    }),
    default: 'auto',
    description:
      'Traces and metrics by OpenTelemetry. `auto` instruments every runtime that is safe without being told, `off` ' +
      'none, and a list exactly the runtimes that it names.',
    examples: [
      { text: 'auto', meaning: 'whatever is safe to instrument' },
      { text: 'off', meaning: 'no telemetry' },
      { text: 'node,python', meaning: 'Node and Python, and no Java' },
    ],
    writers,
    since: '0.1.0',
    tighter: 'what instruments more: `off`, then lists by their runtimes, then all three; `auto` stands above `off`',
    isAtLeast: telemetryIsAtLeast,
  },
  'telemetry-containers': {
    kind: containerNames,
    default: [],
    description: 'Containers that telemetry goes into. Nothing means every container of the pod.',
    examples: [
      { text: 'app', meaning: 'only the container `app`' },
      { text: 'app,worker', meaning: 'two containers' },
      { text: '', meaning: 'every container, where a higher level named some' },
    ],
    writers,
    since: '0.1.0',
    tighter: 'what covers more containers; nothing, which covers all, is tightest',
    isAtLeast: (value, floor) =>
      value.length === 0 || (floor.length > 0 && floor.every((container) => value.includes(container))),
  },
};
