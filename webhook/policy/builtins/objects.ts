import { isArray, isEqual, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

/**
 * Whether the second is part of the first: objects key by key and value by value, arrays as one run of elements, sets
 * by their members, and a set of an array in whatever order.
 */
const subset: Builtin = ([whole, part]) => {
  if (whole === undefined || part === undefined) throw new BuiltinError('object.subset takes two operands');
  if (isArray(whole) && part instanceof RegoSet) return holdsMembers(whole, part);
  const result = isPart(whole, part);
  if (result === undefined) throw new BuiltinError('both must be of the same type, or array and set');
  return result;
};

function isPart(whole: Value, part: Value): boolean | undefined {
  if (whole instanceof RegoObject && part instanceof RegoObject) {
    return part.entries.every(([key, wanted]) => {
      const found = whole.get(key);
      return found !== undefined && (isEqual(found, wanted) || isPart(found, wanted) === true);
    });
  }
  if (whole instanceof RegoSet && part instanceof RegoSet) return part.values.every((member) => whole.has(member));
  return isArray(whole) && isArray(part) ? holdsRun(whole, part) : undefined;
}

function holdsRun(whole: readonly Value[], part: readonly Value[]): boolean {
  const starts = whole.length - part.length;
  for (let start = 0; start <= starts; start += 1) {
    if (part.every((wanted, at) => isEqual(whole[start + at] ?? null, wanted))) return true;
  }
  return false;
}

/** OPA counts the elements of the array that are members, not the members: `[1, 1]` holds `{1, 2}`; `[]` holds none. */
function holdsMembers(whole: readonly Value[], part: RegoSet): boolean {
  return whole.length > 0 && whole.filter((element) => part.has(element)).length >= part.values.length;
}

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/object */
export const objects: Readonly<Record<string, Builtin>> = { 'object.subset': subset };
