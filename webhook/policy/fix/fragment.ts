import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { isRecord, ownValue } from '../../../settings/policies/field.ts';
import type { KubeObject } from '../../../settings/policies/object.ts';

/**
 * What of `after` differs from `before`, as the least YAML that says it; '' when nothing differs.
 *
 * A key that goes is `null`. Of a list whose items have names, each another, those items are shown that differ or are new,
 * and one that goes has `$patch: delete`; where their order changes, all are shown after `$patch: replace`. These are the
 * directives of Kubernetes' strategic merge patch. Any other list is shown whole, for nothing tells its items apart.
 */
export function fragmentOf(before: KubeObject, after: KubeObject): string {
  const changed = difference(before, after);
  return changed === undefined ? '' : stringify(changed, { lineWidth: 0 });
}

function difference(before: unknown, after: unknown): unknown {
  if (isDeepStrictEqual(before, after)) return undefined;
  if (isRecord(before) && isRecord(after)) return fieldsThatDiffer(before, after);
  if (Array.isArray(before) && Array.isArray(after)) return itemsThatDiffer(before, after);
  return after;
}

function fieldsThatDiffer(before: KubeObject, after: KubeObject): KubeObject {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(
    keys
      .map((key) => [key, Object.hasOwn(after, key) ? difference(ownValue(before, key), after[key]) : null] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function itemsThatDiffer(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const [old, now] = [byName(before), byName(after)];
  if (old === undefined || now === undefined) return after;
  const stayed = [...old.keys()].filter((name) => now.has(name));
  const order = [...now.keys()];
  const isInOrder = stayed.every((name, at) => order[at] === name);
  if (!isInOrder) return [{ $patch: 'replace' }, ...after];
  const gone = [...old.keys()].filter((name) => !now.has(name));
  return [
    ...[...now].flatMap(([name, item]) => {
      const known = old.get(name);
      if (known === undefined) return [item];
      const changed = difference(known, item);
      return isRecord(changed) ? [{ name, ...changed }] : [];
    }),
    ...gone.map((name) => ({ name, $patch: 'delete' })),
  ];
}

/** Items by their names; undefined where one has none, or that of another. */
function byName(items: readonly unknown[]): ReadonlyMap<string, KubeObject> | undefined {
  const named = new Map<string, KubeObject>();
  for (const item of items) {
    if (!isRecord(item)) return undefined;
    const name = ownValue(item, 'name');
    if (typeof name !== 'string' || named.has(name)) return undefined;
    named.set(name, item);
  }
  return named;
}
