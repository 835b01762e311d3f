import { writeNumber } from '../value/number.ts';
import type { RegoNumber } from '../value/number.ts';
import { isArray, isNumber, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { BuiltinError } from './types.ts';

/**
 * The operands of a built-in by position, from 0, as OPA checks them before it answers: another type than the built-in
 * takes is an error, and so the call is undefined.
 */
export type Operands = readonly Value[];

/** What OPA calls the type of a value (`type_name`). */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (isArray(value)) return 'array';
  if (value instanceof RegoObject) return 'object';
  return value instanceof RegoSet ? 'set' : typeof value;
}

function wrongType(args: Operands, at: number, expected: string): never {
  throw new BuiltinError(`operand ${at + 1} must be ${expected} but got ${typeName(args[at])}`);
}

export function stringOperand(args: Operands, at: number): string {
  const value = args[at];
  return typeof value === 'string' ? value : wrongType(args, at, 'string');
}

export function booleanOperand(args: Operands, at: number): boolean {
  const value = args[at];
  return typeof value === 'boolean' ? value : wrongType(args, at, 'boolean');
}

export function numberOperand(args: Operands, at: number): RegoNumber {
  const value = args[at];
  return value !== undefined && isNumber(value) ? value : wrongType(args, at, 'number');
}

export function arrayOperand(args: Operands, at: number): readonly Value[] {
  const value = args[at];
  return value !== undefined && isArray(value) ? value : wrongType(args, at, 'array');
}

export function objectOperand(args: Operands, at: number): RegoObject {
  const value = args[at];
  return value instanceof RegoObject ? value : wrongType(args, at, 'object');
}

/** The elements of an array or a set. */
export function collectionOperand(args: Operands, at: number): readonly Value[] {
  const value = args[at];
  if (value instanceof RegoSet) return value.values;
  return value !== undefined && isArray(value) ? value : wrongType(args, at, 'one of {array, set}');
}

/** The elements of an array or a set of strings. */
export function stringsOperand(args: Operands, at: number): readonly string[] {
  return collectionOperand(args, at).map((value) =>
    typeof value === 'string' ? value : wrongType(args, at, 'a collection of strings'),
  );
}

/** A whole number of 64 bits: `3`, also spelled `3.0`, but not `3e0` (OPA `Number.Int64`). */
export function integerOperand(args: Operands, at: number): bigint {
  const value = wholeNumber(numberOperand(args, at));
  if (value === undefined) throw new BuiltinError(`operand ${at + 1} must be integer number`);
  return value;
}

/** Reads a number as OPA's `Number.Int64` does; undefined for any other number. */
export function wholeNumber(value: RegoNumber): bigint | undefined {
  const [text, whole = ''] = /^(-?\d+)(?:\.0*)?$/.exec(writeNumber(value)) ?? [];
  // OPA looks at no more than 19 characters after the sign.
  if (text === undefined || text.replace('-', '').length > 19) return undefined;
  const number = BigInt(whole);
  return BigInt.asIntN(64, number) === number ? number : undefined;
}
