import { writeNumber } from '../value/number.ts';
import type { RegoNumber } from '../value/number.ts';
import { isArray, isNumber, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { BuiltinError } from './types.ts';

/** What `type_name` calls a value. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (isArray(value)) return 'array';
  if (value instanceof RegoObject) return 'object';
  return value instanceof RegoSet ? 'set' : typeof value;
}

function refuse(value: Value | undefined, position: number, expected: string): never {
  throw new BuiltinError(`operand ${position} must be ${expected} but got ${typeName(value)}`);
}

/** The operand at a position, which counts from 1, as a string. */
export function stringOperand(args: readonly Value[], position: number): string {
  const value = args[position - 1];
  return typeof value === 'string' ? value : refuse(value, position, 'string');
}

export function arrayOperand(args: readonly Value[], position: number): readonly Value[] {
  const value = args[position - 1];
  return value !== undefined && isArray(value) ? value : refuse(value, position, 'array');
}

export function objectOperand(args: readonly Value[], position: number): RegoObject {
  const value = args[position - 1];
  return value instanceof RegoObject ? value : refuse(value, position, 'object');
}

/** The elements of an array or a set. */
export function collectionOperand(args: readonly Value[], position: number): readonly Value[] {
  const value = args[position - 1];
  if (value instanceof RegoSet) return value.values;
  return value !== undefined && isArray(value) ? value : refuse(value, position, 'one of {array, set}');
}

/** The elements of an array or a set of strings. */
export function stringsOperand(args: readonly Value[], position: number): readonly string[] {
  return collectionOperand(args, position).map((element) =>
    typeof element === 'string' ? element : refuse(element, position, 'a collection of strings'),
  );
}

export function numberOperand(args: readonly Value[], position: number): RegoNumber {
  const value = args[position - 1];
  return value !== undefined && isNumber(value) ? value : refuse(value, position, 'number');
}

/** A whole number of 64 bits (Go's int). */
export function integerOperand(args: readonly Value[], position: number): bigint {
  const integer = int64(numberOperand(args, position));
  return integer ?? refuse(args[position - 1], position, 'integer number');
}

/**
 * A number that is whole and fits into 64 bits, else undefined. OPA reads the text (`Number.Int64`): `3.0` is whole,
 * `3e0` and `1e+21` are not, and it looks at no more than 19 characters after the sign.
 */
export function int64(value: RegoNumber): bigint | undefined {
  const text = writeNumber(value);
  const [, sign = '', digits = ''] = /^(-?)(\d+)(?:\.0*)?$/.exec(text) ?? [];
  if (digits === '' || text.length - sign.length > 19) return undefined;
  const integer = BigInt(sign + digits);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

/** A whole number as a value: a number where a double holds it exactly, else a bigint. */
export function integerValue(integer: bigint): number | bigint {
  const double = Number(integer);
  return Number.isSafeInteger(double) ? double : integer;
}
