import { compareNumbers } from '../../../value/number.ts';
import type { RegoNumber } from '../../../value/number.ts';
import { isArray, isNumber, RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { runeCount } from '../../go/runes.ts';
import type { BuiltinContext } from '../../types.ts';
import { validateArray, validateObject } from './collections.ts';
import { canonical } from './canonical.ts';
import { combine } from './combine.ts';
import { hasFormat } from './formats.ts';
import { isMultiple, isWhole, showLimit } from './numbers.ts';
import { fieldOf, Result } from './result.ts';
import type { Path } from './result.ts';
import type { Schema } from './types.ts';

/** Checks a part of a document against a schema, into a result of its own. */
export type Check = (schema: Schema, json: Value, path: Path) => Result;

/** Checks a document against a schema; the errors are in the order of keys, where OPA has them in any order. */
export function validate(schema: Schema, document: Value, context: BuiltinContext): Result {
  const check: Check = (of, json, path) => {
    const result = new Result();
    validateInto(of, json, path, result);
    return result;
  };

  function validateInto(of: Schema, json: Value, path: Path, result: Result): void {
    if (of.pass !== undefined) {
      if (!of.pass) result.add('false', path, 'False always fails validation');
      return;
    }
    if (of.referred !== undefined) {
      validateInto(of.referred, json, path, result);
      return;
    }
    const given = typeOf(json);
    const isGiven = of.types.includes(given) || (given === 'integer' && of.types.includes('number'));
    if (of.types.length > 0 && !isGiven) {
      const [only] = of.types;
      const expected = of.types.length === 1 ? (only ?? '') : `[${of.types.join(',')}]`;
      result.add('invalid_type', path, `Invalid type. Expected: ${expected}, given: ${given}`);
      return;
    }
    combine(of, json, path, result, check, validateInto);
    if (isArray(json)) validateArray(of, json, path, result, check);
    else if (json instanceof RegoObject) validateObject(of, json, path, result, check);
    else if (isNumber(json)) validateNumber(of, json, path, result);
    validateCommon(of, json, path, result, context);
    if (typeof json === 'string') validateString(of, json, path, result);
    if (json instanceof RegoObject) {
      for (const property of of.properties) {
        const value = json.get(property.property);
        if (value !== undefined) validateInto(property, value, [...path, property.property], result);
      }
    }
    result.count();
  }

  return check(schema, document, []);
}

function typeOf(json: Value): string {
  if (json === null) return 'null';
  if (isNumber(json)) return isWhole(json) ? 'integer' : 'number';
  if (isArray(json)) return 'array';
  return typeof json;
}

function validateCommon(schema: Schema, json: Value, path: Path, result: Result, context: BuiltinContext): void {
  const { allowed, oneOfValues, format } = schema;
  if (allowed !== undefined && canonical(json) !== allowed) {
    result.add('const', path, `${fieldOf(path)} does not match: ${allowed}`);
  }
  if (oneOfValues !== undefined && !oneOfValues.includes(canonical(json))) {
    const values = oneOfValues.join(', ');
    result.add('enum', path, `${fieldOf(path)} must be one of the following: ${values}`);
  }
  if (format !== undefined && typeof json === 'string' && !hasFormat(format, json, context)) {
    result.add('format', path, `Does not match format '${format}'`);
  }
  result.count();
}

function validateNumber({ limits }: Schema, number: RegoNumber, path: Path, result: Result): void {
  const { multipleOf, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = limits;
  if (multipleOf !== undefined && !isMultiple(number, multipleOf)) {
    result.add('multiple_of', path, `Must be a multiple of ${showLimit(multipleOf)}`);
  }
  if (maximum !== undefined && compareNumbers(number, maximum) > 0) {
    result.add('number_lte', path, `Must be less than or equal to ${showLimit(maximum)}`);
  }
  if (exclusiveMaximum !== undefined && compareNumbers(number, exclusiveMaximum) >= 0) {
    result.add('number_lt', path, `Must be less than ${showLimit(exclusiveMaximum)}`);
  }
  if (minimum !== undefined && compareNumbers(number, minimum) < 0) {
    result.add('number_gte', path, `Must be greater than or equal to ${showLimit(minimum)}`);
  }
  if (exclusiveMinimum !== undefined && compareNumbers(number, exclusiveMinimum) <= 0) {
    result.add('number_gt', path, `Must be greater than ${showLimit(exclusiveMinimum)}`);
  }
  result.count();
}

function validateString({ limits, pattern }: Schema, text: string, path: Path, result: Result): void {
  const { minLength, maxLength } = limits;
  const length = runeCount(text);
  if (minLength !== undefined && length < minLength) {
    result.add('string_gte', path, `String length must be greater than or equal to ${minLength}`);
  }
  if (maxLength !== undefined && length > maxLength) {
    result.add('string_lte', path, `String length must be less than or equal to ${maxLength}`);
  }
  if (pattern !== undefined && !pattern[1].test(text)) {
    result.add('pattern', path, `Does not match pattern '${pattern[0]}'`);
  }
  result.count();
}
