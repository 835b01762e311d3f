import { writeNumber } from '../../value/number.ts';
import { isArray, isNumber, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import { formatFloat } from '../go/float.ts';
import { runeCount } from '../go/runes.ts';
import { marshal } from '../json/convert.ts';
import { BuiltinError } from '../types.ts';
import { resolve } from './resolve.ts';

/** What is written as YAML: a scalar that stands as it is, a string, or a collection. */
export type Writable =
  | { readonly kind: 'plain' | 'string'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly Writable[] }
  | { readonly kind: 'mapping'; readonly entries: readonly (readonly [key: string, value: Writable])[] };

/**
 * OPA writes JSON first and reads that as YAML before it writes YAML (`internal/yaml.Marshal`). Hence numbers are those
 * of YAML: whole ones of 64 bits, else doubles, else strings; and strings lose what YAML folds or refuses.
 *
 * @throws BuiltinError where the JSON cannot be read as YAML.
 */
export function reread(json: Value): Writable {
  if (json === null || typeof json === 'boolean') return { kind: 'plain', text: String(json) };
  if (typeof json === 'string') return { kind: 'string', text: rereadString(json) };
  if (isNumber(json)) return rereadNumber(writeNumber(json));
  if (isArray(json)) return { kind: 'sequence', items: json.map(reread) };
  if (!(json instanceof RegoObject)) throw new TypeError('JSON has no sets');
  return { kind: 'mapping', entries: json.entries.map(([key, value]) => [rereadKey(key), reread(value)]) };
}

function rereadNumber(text: string): Writable {
  const scalar = resolve('', text);
  if (scalar.type === '!!int') return { kind: 'plain', text: String(scalar.value) };
  if (scalar.type === '!!float') return { kind: 'plain', text: formatFloat(scalar.value, 'g', -1) };
  return { kind: 'string', text };
}

/** A key has to end on its line, and within 1024 characters. */
function rereadKey(key: Value): string {
  const text = typeof key === 'string' ? key : '';
  if (text.includes('\u0085') || runeCount(marshal(text)) > 1024) throw new BuiltinError('the key is too long');
  return rereadString(text);
}

/** JSON escapes what is below a space; U+0085 stands as it is, and is a line break to YAML, which folds it. */
function rereadString(text: string): string {
  if (/[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/.test(text))
    throw new BuiltinError('control characters are not allowed');
  if (!text.includes('\u0085')) return text;
  if (/\u0085(?:---|\.\.\.)(?:[ \u0085]|$)/.test(text)) throw new BuiltinError('unexpected document indicator');
  return text.replaceAll(/ *\u0085[ \u0085]*/g, (breaks) => {
    const count = breaks.replaceAll(' ', '').length;
    return count === 1 ? ' ' : '\n'.repeat(count - 1);
  });
}
