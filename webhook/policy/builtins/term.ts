import { writeNumber } from '../value/number.ts';
import { isArray, isNumber, RegoObject } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { quote } from './go/quote.ts';

/**
 * Writes a value as OPA shows terms (`ast.Term.String`), which is how messages of policies show what is not a string:
 * `{"a": [1, 2]}`, sets as `{1, 2}` and `set()`, strings quoted as Go quotes them.
 */
export function showTerm(value: Value): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (isNumber(value)) return writeNumber(value);
  if (typeof value === 'string') return quote(value);
  if (isArray(value)) return `[${value.map(showTerm).join(', ')}]`;
  if (value instanceof RegoObject) {
    return `{${value.entries.map(([key, of]) => `${showTerm(key)}: ${showTerm(of)}`).join(', ')}}`;
  }
  return value.values.length === 0 ? 'set()' : `{${value.values.map(showTerm).join(', ')}}`;
}
