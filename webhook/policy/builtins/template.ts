import { writeNumber } from '../value/number.ts';
import { isArray, isNumber, RegoSet } from '../value/value.ts';
import type { RegoObject, Value } from '../value/value.ts';
import { quote } from './go/quote.ts';
import { goBool, goString, nil } from './go/value.ts';
import type { GoValue } from './go/value.ts';
import { objectOperand, stringOperand } from './operands.ts';
import { executeTemplate } from './template/execute.ts';
import { parseTemplate } from './template/parse.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

/**
 * Renders a template of Go's text/template. Complex numbers, which no data of Rego holds, are not known here.
 *
 * https://www.openpolicyagent.org/docs/policy-reference/builtins/strings#builtin-strings-stringsrender_template
 */
export const renderTemplate: Builtin = (args) => {
  const [source, data] = [stringOperand(args, 1), goValue(objectOperand(args, 2))];
  const text = executeTemplate(parseTemplate('template', source), 'template', data);
  return text.replaceAll('<no value>', '<undefined>');
};

/** OPA writes the data as a term and reads that as JSON: sets, other keys than strings and some characters fail. */
function goValue(value: Value): GoValue {
  if (value === null) return nil;
  if (typeof value === 'boolean') return goBool(value);
  if (isNumber(value)) return { type: 'json.Number', value: writeNumber(value) };
  if (typeof value === 'string') return goString(checkString(value));
  if (isArray(value)) return { type: '[]interface {}', values: value.map(goValue) };
  if (value instanceof RegoSet) throw new BuiltinError('a template takes no sets');
  return { type: 'map[string]interface {}', entries: entriesOf(value) };
}

function entriesOf(value: RegoObject): readonly (readonly [string, GoValue])[] {
  return value.entries.map(([key, of]) => {
    if (typeof key !== 'string') throw new BuiltinError('a template takes only keys that are strings');
    return [checkString(key), goValue(of)];
  });
}

/** Escapes of Go's that JSON does not have: those of most control characters, and beyond 65 535. */
function checkString(text: string): string {
  for (const [, escaped = ''] of quote(text).matchAll(/\\(.)/g)) {
    if ('axvU'.includes(escaped)) throw new BuiltinError('the data cannot be read as JSON');
  }
  return text;
}
