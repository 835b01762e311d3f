import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { KubeObject } from '../../../settings/policies/object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What of `after` differs from `before`, as the least YAML that says it: a key that goes is `null`; an item of a list
 * keeps its `name`, by which whoever reads it finds it. '' when nothing differs.
 */
export function fragmentOf(before: KubeObject, after: KubeObject): string {
  const changed = difference(before, after);
  return changed === undefined ? '' : stringify(changed, { lineWidth: 0 });
}

function difference(before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return undefined;
  if (isFields(before) && isFields(after)) return fieldsThatDiffer(before, after);
  if (Array.isArray(before) && Array.isArray(after)) return itemsThatDiffer(before, after);
  return after;
}

function fieldsThatDiffer(before: Fields, after: Fields): Fields {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    keys
      .map((key) => [key, Object.hasOwn(after, key) ? difference(before[key], after[key]) : null] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** A list of things with names shows those that differ; of any other all is shown, for nothing tells its items apart. */
function itemsThatDiffer(before: readonly unknown[], after: readonly unknown[]): unknown {
  const isOfNames = [...before, ...after].every((item) => isFields(item) && typeof item['name'] === 'string');
  if (!isOfNames || before.length !== after.length) return after;
  return after.flatMap((item, at) => {
    const changed = difference(before[at], item);
    return changed === undefined ? [] : [{ name: (item as Fields)['name'], ...(changed as Fields) }];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
