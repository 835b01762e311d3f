import { readTerm } from '../../value/text.ts';
import { isArray, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';

/** Go's `encoding/json` reads 10 000 levels; here the stack of a worker must hold what walks through them. */
const deepest = 2_000;

/**
 * Reads JSON as OPA does by Go's `encoding/json`: numbers as they are spelled, of equal keys the last one, halves of
 * characters as U+FFFD.
 *
 * @returns undefined for what is not JSON, and for what is nested too deep.
 */
export function readJson(text: string): Value | undefined {
  if (!isJson(text) || depthOf(text) > deepest) return undefined;
  return text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text) ? readTerm(text) : wellFormed(readTerm(text));
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Strings, and the marks that open and close. */
const marks = /"(?:[^"\\]|\\.)*"|[[\]{}]/g;

/** How deep arrays and objects stand in each other. */
function depthOf(json: string): number {
  let [depth, most] = [0, 0];
  for (const [mark] of json.matchAll(marks)) {
    depth += nesting(mark);
    most = Math.max(most, depth);
  }
  return most;
}

function nesting(mark: string): number {
  return mark === '[' || mark === '{' ? 1 : mark === ']' || mark === '}' ? -1 : 0;
}

/** The first object or array of a text and what is before it: some readers take no notice of what follows. */
export function firstJson(text: string): string {
  let depth = 0;
  for (const { 0: mark, index } of text.matchAll(marks)) {
    depth += nesting(mark);
    if (depth === 0) return text.slice(0, index + mark.length);
  }
  return text;
}

function wellFormed(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed();
  if (isArray(value)) return value.map(wellFormed);
  if (value instanceof RegoObject) {
    return new RegoObject(value.entries.map(([key, of]) => [wellFormed(key), wellFormed(of)]));
  }
  return value;
}
