import { compareNumbers, writeNumber } from '../../../value/number.ts';
import type { RegoNumber } from '../../../value/number.ts';
import { isNumber } from '../../../value/value.ts';
import type { RegoObject, Value } from '../../../value/value.ts';
import { BuiltinError } from '../../types.ts';
import type { Draft } from './draft.ts';
import { isWhole } from './numbers.ts';
import type { Limits } from './types.ts';

/**
 * Reads the keywords that are numbers.
 *
 * @throws BuiltinError for one that is no number, or that contradicts another.
 */
export function readLimits(schema: RegoObject, draft: Draft): Limits {
  const [minimum, exclusiveMinimum] = readBound(schema, 'minimum', 'exclusiveMinimum', draft);
  const [maximum, exclusiveMaximum] = readBound(schema, 'maximum', 'exclusiveMaximum', draft);
  return {
    multipleOf: readMultiple(schema.get('multipleOf')),
    minimum,
    exclusiveMinimum,
    maximum,
    exclusiveMaximum,
    ...readLengths(schema),
  };
}

function readLengths(schema: RegoObject): Limits {
  const minLength = readCount(schema, 'minLength');
  const maxLength = readCount(schema, 'maxLength');
  ordered('minLength', minLength, 'maxLength', maxLength);
  const minProperties = readCount(schema, 'minProperties');
  const maxProperties = readCount(schema, 'maxProperties');
  ordered('minProperties', minProperties, 'maxProperties', maxProperties);
  // Nobody compares these two.
  const [minItems, maxItems] = [readCount(schema, 'minItems'), readCount(schema, 'maxItems')];
  return { minLength, maxLength, minProperties, maxProperties, minItems, maxItems };
}

function readMultiple(value: Value | undefined): RegoNumber | undefined {
  if (value === undefined) return undefined;
  if (!isNumber(value)) throw new BuiltinError('Invalid type. Expected: Number, given: multipleOf');
  if (compareNumbers(value, 0) <= 0) throw new BuiltinError('multipleOf must be strictly greater than 0');
  return value;
}

/** In draft 4 the exclusive keyword is true or false and speaks of the other; later it is a number of its own. */
function readBound(
  schema: RegoObject,
  name: string,
  exclusiveName: string,
  draft: Draft,
): readonly [bound: RegoNumber | undefined, exclusive: RegoNumber | undefined] {
  const bound = schema.get(name);
  if (bound !== undefined && !isNumber(bound)) throw new BuiltinError(`${name} must be of a Number`);
  const exclusive = schema.get(exclusiveName);
  if (exclusive === undefined) return [bound, undefined];
  if (typeof exclusive === 'boolean' && (draft === 4 || draft === 'hybrid')) {
    if (bound === undefined) throw new BuiltinError(`${exclusiveName} cannot be used without ${name}`);
    return exclusive ? [undefined, bound] : [bound, undefined];
  }
  if (isNumber(exclusive) && draft !== 4) return [bound, exclusive];
  const expected = draft === 4 ? 'boolean' : draft === 'hybrid' ? 'boolean/number' : 'number';
  throw new BuiltinError(`Invalid type. Expected: ${expected}, given: ${exclusiveName}`);
}

/** A whole number of 64 bits, spelled without point and exponent. */
function readCount(schema: RegoObject, name: string): bigint | undefined {
  const value = schema.get(name);
  if (value === undefined) return undefined;
  const text = isNumber(value) && isWhole(value) ? writeNumber(value) : '';
  const count = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (count === undefined || BigInt.asIntN(64, count) !== count) {
    throw new BuiltinError(`${name} must be of an integer`);
  }
  if (count < 0n) throw new BuiltinError(`${name} must be greater than or equal to 0`);
  return count;
}

function ordered(lowName: string, low: bigint | undefined, highName: string, high: bigint | undefined): void {
  if (low !== undefined && high !== undefined && low > high) {
    throw new BuiltinError(`${lowName} cannot be greater than ${highName}`);
  }
}
