import { shown } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';
import { catalog } from './catalog.ts';
import { prefix } from './marks.ts';
import type { LockKey, WrittenSetting } from './types.ts';

/** Values that a lock holds: every lower level may tighten them and never loosen them. */
export interface Floor {
  /** Who locked, as a message says it. */
  readonly by: string;
  readonly keys: ReadonlySet<LockKey>;
  /** Effective values at the level of the lock, by key. A key without a value is not bound. */
  readonly values: ReadonlyMap<string, unknown>;
}

export const chartLocks = 'the chart (value `lock`)';

export function namespaceLocks(name: string): string {
  return `namespace ${name} (annotation ${prefix}lock)`;
}

/** One problem for each floor that a written setting falls below. */
export function checkFloors(written: WrittenSetting, floors: readonly Floor[]): readonly Problem[] {
  const row = catalog.find(written.key);
  if (row === undefined) return [];
  return floors.flatMap((floor) => {
    // A lock names a row, so that `secret-<name>` locks every key of that pattern.
    const value = isLocked(floor, row.key) ? floor.values.get(written.key) : undefined;
    if (value === undefined || row.setting.isAtLeast(written.value, value)) return [];
    const kept = row.setting.kind.print(value);
    const allowed = `locked by ${floor.by} at "${shown(kept)}"; it may be tightened here, never loosened`;
    return [{ code: 'SettingLocked', field: written.field, value: shown(written.text), allowed, nearest: kept }];
  });
}

function isLocked(floor: Floor, key: string): boolean {
  const keys: ReadonlySet<string> = floor.keys;
  return keys.has(key);
}
