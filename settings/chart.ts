import { shown } from '../runtime/problem.ts';
import type { Parsed, Problem } from '../runtime/problem.ts';
import { lockKind } from './marks.ts';
import type { ChartSettings, LockKey, WrittenSetting } from './types.ts';
import { readSetting, valuesOf } from './written.ts';
import type { Place } from './written.ts';

const place: Place = { writer: 'chart', keyPrefix: '', field: (key) => `settings.${key}` };

/**
 * Reads the parts `settings` and `lock` of config.yaml, once at start. WrittenSetting by the cluster's admin.
 *
 * Codes: `UnknownSetting`, `InvalidSetting`, `MisplacedSetting`.
 */
export function parseChartSettings(settings: unknown, lock: unknown): Parsed<ChartSettings> {
  const problems: Problem[] = [];
  const values = valuesOf(readSettings(settings, problems));
  const locked = readLock(lock, problems);
  return problems.length > 0
    ? { outcome: 'refused', problems }
    : { outcome: 'parsed', value: { values, lock: new Set(locked) } };
}

function readSettings(settings: unknown, problems: Problem[]): readonly WrittenSetting[] {
  if (settings === undefined || settings === null) return [];
  if (typeof settings !== 'object' || Array.isArray(settings)) {
    problems.push(wrongType('settings', settings, 'a map of settings'));
    return [];
  }
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]) => {
    // YAML 1.1, which Helm still reads, makes a boolean of an unquoted `off`; the kind knows what was meant.
    const text = typeof value === 'string' ? value : textOf(value);
    if (text === undefined) {
      problems.push(wrongType(place.field(key), value, 'a text'));
      return [];
    }
    const read = readSetting(key, text, place, problems);
    return read === undefined ? [] : [read];
  });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;
}

function readLock(lock: unknown, problems: Problem[]): readonly LockKey[] {
  if (lock === undefined || lock === null) return [];
  if (!Array.isArray(lock)) {
    problems.push(wrongType('lock', lock, 'a list of keys'));
    return [];
  }
  return lock.flatMap((item: unknown, index) => {
    const read = lockKind.read(typeof item === 'string' ? item : '');
    if (read.outcome === 'read') return read.value;
    problems.push(wrongType(`lock[${index}]`, item, lockKind.allowed, read.nearest));
    return [];
  });
}

function wrongType(field: string, value: unknown, allowed: string, nearest?: string): Problem {
  const base = { code: 'InvalidSetting', field, value: shown(value), allowed };
  return nearest === undefined ? base : { ...base, nearest };
}
