import { compareNumbers, Decimal } from './number.ts';
import type { RegoNumber } from './number.ts';

/** A Rego value: JSON, and sets, and objects whose keys are any values. Immutable. */
export type Value = null | boolean | RegoNumber | string | readonly Value[] | RegoSet | RegoObject;

/** Rego's order of types (OPA `ast.Compare`). */
function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (isNumber(value)) return 2;
  if (typeof value === 'string') return 3;
  if (value instanceof RegoObject) return 5;
  return value instanceof RegoSet ? 6 : 4;
}

/** Compares any two values as OPA does: -1, 0 or 1. */
export function compare(a: Value, b: Value): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return Math.sign(difference);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof RegoSet && b instanceof RegoSet) return compareLists(a.values, b.values);
  if (a instanceof RegoObject && b instanceof RegoObject) return compareObjects(a, b);
  return isArray(a) && isArray(b) ? compareLists(a, b) : 0;
}

/** By code points, as bytes of UTF-8 are; code units of UTF-16 are in another order only where a surrogate is one of them. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left === right) continue;
    if (left >= firstSurrogate && right >= firstSurrogate) return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

const firstSurrogate = 0xd800;

export function isEqual(a: Value, b: Value): boolean {
  return compare(a, b) === 0;
}

export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isNumber(value: Value): value is RegoNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;
}

function compareLists(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at];
    if (right === undefined) return 1;
    const order = compare(left, right);
    if (order !== 0) return order;
  }
  return a.length === b.length ? 0 : -1;
}

/** Key by key in order, key before value, then the shorter first (OPA `object.Compare`). */
function compareObjects(a: RegoObject, b: RegoObject): number {
  for (const [at, [key, value]] of a.entries.entries()) {
    const other = b.entries[at];
    if (other === undefined) return 1;
    const order = compare(key, other[0]) || compare(value, other[1]);
    if (order !== 0) return order;
  }
  return a.entries.length === b.entries.length ? 0 : -1;
}

/** A set: each value once, in Rego's order. */
export class RegoSet {
  readonly values: readonly Value[];

  constructor(values: Iterable<Value>) {
    if (Array.isArray(values) && values.length < 2) {
      this.values = [...(values as readonly Value[])];
      return;
    }
    const sorted = [...values].sort(compare);
    this.values = sorted.filter((value, at) => at === 0 || !isEqual(value, sorted[at - 1] ?? null));
  }

  has(value: Value): boolean {
    return search(this.values, (candidate) => compare(candidate, value)) !== undefined;
  }
}

/** An object: entries in the order of their keys; of equal keys the last one stands. */
export class RegoObject {
  readonly entries: readonly (readonly [key: Value, value: Value])[];

  constructor(entries: Iterable<readonly [Value, Value]>) {
    if (Array.isArray(entries) && entries.length < 2) {
      this.entries = [...(entries as readonly (readonly [Value, Value])[])];
      return;
    }
    // Array.prototype.sort is stable, so that of equal keys the last written comes last.
    const sorted = [...entries].sort(([a], [b]) => compare(a, b));
    this.entries = sorted.filter(([key], at) => {
      const next = sorted[at + 1];
      return next === undefined || !isEqual(key, next[0]);
    });
  }

  get(key: Value): Value | undefined {
    return search(this.entries, ([candidate]) => compare(candidate, key))?.[1];
  }
}

/** Binary search; `order` says how a candidate stands to what is looked for. */
function search<T>(sorted: readonly T[], order: (candidate: T) => number): T | undefined {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const candidate = sorted[middle] as T;
    const found = order(candidate);
    if (found === 0) return candidate;
    if (found < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
