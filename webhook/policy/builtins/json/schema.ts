import { readTerm, writeTerm } from '../../value/text.ts';
import { isArray, RegoObject } from '../../value/value.ts';
import type { Value } from '../../value/value.ts';
import type { Builtin, BuiltinContext } from '../types.ts';
import { BuiltinError } from '../types.ts';
import { toJson } from './convert.ts';
import { parseSchema } from './schema/parse.ts';
import type { Schema } from './schema/types.ts';
import { validate } from './schema/validate.ts';

/** A document or a schema: an object, an array, or the text of any JSON. */
function readDocument(value: Value | undefined): Value {
  if (value instanceof RegoObject || (value !== undefined && isArray(value))) return toJson(value);
  if (typeof value !== 'string') throw new BuiltinError('wrong type, expected string or object');
  if (!isJson(value)) throw new BuiltinError('invalid JSON string');
  return wellFormed(readTerm(value));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON may name half a character, which no text of Go's can hold. */
function wellFormed(json: Value): Value {
  if (typeof json === 'string') return json.toWellFormed();
  if (isArray(json)) return json.map(wellFormed);
  if (!(json instanceof RegoObject)) return json;
  return new RegoObject(json.entries.map(([key, value]) => [wellFormed(key), wellFormed(value)]));
}

/** A policy checks many documents by one schema: it is compiled once per query. */
function compileSchema(value: Value, context: BuiltinContext): Schema {
  const key = `json.match_schema:${writeTerm(value)}`;
  const known = context.cache.get(key) as Schema | undefined;
  if (known !== undefined) return known;
  const schema = parseSchema(readDocument(value), context);
  context.cache.set(key, schema);
  return schema;
}

export const verifySchema: Builtin = ([value], context) => {
  try {
    parseSchema(readDocument(value), context);
    return [true, null];
  } catch (error) {
    if (error instanceof BuiltinError) return [false, `jsonschema: ${error.message}`];
    throw error;
  }
};

export const matchSchema: Builtin = ([value, schema], context) => {
  const document = readDocument(value);
  const { errors, isValid } = validate(compileSchema(schema ?? null, context), document, context);
  const described = errors.map(
    ({ type, field, description }) =>
      new RegoObject([
        ['error', `${field}: ${description}`],
        ['type', type],
        ['field', field],
        ['desc', description],
      ]),
  );
  return [isValid, described];
};
