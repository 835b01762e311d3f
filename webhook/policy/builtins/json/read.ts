import { readTerm } from '../../value/text.ts';
import { isArray, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';

/** Go's `encoding/json` reads no deeper. */
const deepest = 10_000;

/**
 * Reads JSON as OPA does by Go's `encoding/json`: numbers as they are spelled, of equal keys the last one, halves of
 * characters as U+FFFD.
 *
 * @returns undefined for what is not JSON, and for what is nested deeper than Go reads.
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

/** How deep arrays and objects stand in each other. */
function depthOf(json: string): number {
  let [depth, most] = [0, 0];
  for (const [mark] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (mark === '[' || mark === '{') depth += 1;
    else if (mark === ']' || mark === '}') depth -= 1;
    most = Math.max(most, depth);
  }
  return most;
}

function wellFormed(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed();
  if (isArray(value)) return value.map(wellFormed);
  if (value instanceof RegoObject) {
    return new RegoObject(value.entries.map(([key, of]) => [wellFormed(key), wellFormed(of)]));
  }
  return value;
}
