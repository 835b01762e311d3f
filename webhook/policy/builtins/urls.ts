import { isArray, RegoObject } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { toJson } from './json/convert.ts';
import { stringOperand, typeName } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';
import { escapeBytes, fromBytes, toBytes, unescapeBytes } from './urls/escape.ts';
import { parseUrl } from './urls/parse.ts';

/** Go refuses a query with more parameters (`net/url.ParseQuery`). */
const mostParameters = 10_000;

const parse: Builtin = (args) => {
  const { scheme, hostname, port, path, rawPath, rawQuery, fragment } = parseUrl(toBytes(stringOperand(args, 1)));
  const parts = { scheme, hostname, port, path, raw_path: rawPath, raw_query: rawQuery, fragment };
  return new RegoObject(
    Object.entries(parts).flatMap(([name, bytes]) => (bytes === '' ? [] : [[name, fromBytes(bytes)]])),
  );
};

const isValid: Builtin = ([value]) => {
  if (typeof value !== 'string' || value === '') return false;
  try {
    parseUrl(toBytes(value));
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

function encode(text: string): string {
  return escapeBytes(toBytes(text), 'query');
}

/** Values are a string or several; sorted by key. */
const encodeObject: Builtin = ([value]) => {
  const json = value instanceof RegoObject ? toJson(value) : undefined;
  if (!(json instanceof RegoObject)) throw new BuiltinError(`operand 1 must be object but got ${typeName(value)}`);
  const pairs = json.entries.flatMap(([key, of]) => {
    const values: readonly Value[] = isArray(of) ? of : [of];
    return values.map((text) => {
      if (typeof text !== 'string') throw new BuiltinError('values must be string, array[string], or set[string]');
      return `${encode(typeof key === 'string' ? key : '')}=${encode(text)}`;
    });
  });
  return pairs.join('&');
};

const decodeObject: Builtin = (args) => {
  const parameters = toBytes(stringOperand(args, 1)).split('&');
  if (parameters.length > mostParameters) throw new BuiltinError('number of URL query parameters exceeded limit');
  const decoded = new Map<string, string[]>();
  for (const parameter of parameters) {
    if (parameter === '') continue;
    if (parameter.includes(';')) throw new BuiltinError('invalid semicolon separator in query');
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? [];
    const name = fromBytes(unescapeBytes(key, 'query'));
    const values = decoded.get(name) ?? [];
    values.push(fromBytes(unescapeBytes(value, 'query')));
    decoded.set(name, values);
  }
  return new RegoObject(decoded);
};

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/encoding */
export const urls: Readonly<Record<string, Builtin>> = {
  'uri.is_valid': isValid,
  'uri.parse': parse,
  'urlquery.decode': (args) => fromBytes(unescapeBytes(toBytes(stringOperand(args, 1)), 'query')),
  'urlquery.decode_object': decodeObject,
  'urlquery.encode': (args) => encode(stringOperand(args, 1)),
  'urlquery.encode_object': encodeObject,
};
