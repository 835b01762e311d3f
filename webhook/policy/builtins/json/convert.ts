import { writeNumber } from '../../value/number.ts';
import { isArray, isNumber, RegoObject, RegoSet } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';

/**
 * Makes JSON of a value as OPA does (`ast.JSON`): sets become arrays, keys that are no strings become their JSON. Of keys
 * that become the same, the last in Rego's order stands.
 */
export function toJson(value: Value): Value {
  if (isArray(value)) return value.map(toJson);
  if (value instanceof RegoSet) return value.values.map(toJson);
  if (value instanceof RegoObject) {
    return new RegoObject(
      value.entries.map(([key, of]) => [typeof key === 'string' ? key : marshal(toJson(key)), toJson(of)]),
    );
  }
  return value;
}

/** How JSON is laid out: each line begins with the prefix, and with the indent once per level. */
export interface Layout {
  readonly prefix: string;
  readonly indent: string;
}

/** Writes JSON as Go's `encoding/json` does: keys in order, `<`, `>` and `&` escaped. */
export function marshal(json: Value, layout?: Layout): string {
  return write(json, layout, '');
}

function write(json: Value, layout: Layout | undefined, indent: string): string {
  if (json === null || typeof json === 'boolean') return String(json);
  if (isNumber(json)) return writeNumber(json);
  if (typeof json === 'string') return writeString(json);
  const inner = indent + (layout?.indent ?? '');
  if (isArray(json))
    return enclose(
      '[',
      ']',
      json.map((element) => write(element, layout, inner)),
      layout,
      indent,
    );
  if (json instanceof RegoSet) throw new TypeError('JSON has no sets');
  const colon = layout === undefined ? ':' : ': ';
  const entries = json.entries.map(
    ([key, of]) => `${writeString(typeof key === 'string' ? key : '')}${colon}${write(of, layout, inner)}`,
  );
  return enclose('{', '}', entries, layout, indent);
}

function enclose(
  open: string,
  close: string,
  parts: readonly string[],
  layout: Layout | undefined,
  indent: string,
): string {
  if (layout === undefined || parts.length === 0) return `${open}${parts.join(',')}${close}`;
  const line = `\n${layout.prefix}${indent}`;
  return `${open}${line}${layout.indent}${parts.join(`,${line}${layout.indent}`)}${line}${close}`;
}

function writeString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
