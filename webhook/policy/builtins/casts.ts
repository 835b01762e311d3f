import { RegoSet } from '../value/value.ts';
import { collectionOperand, objectOperand, stringOperand, typeName } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

const castBoolean: Builtin = ([value]) => {
  if (typeof value === 'boolean') return value;
  throw new BuiltinError(`operand 1 must be boolean but got ${typeName(value)}`);
};

const castNull: Builtin = ([value]) => {
  if (value === null) return value;
  throw new BuiltinError(`operand 1 must be null but got ${typeName(value)}`);
};

/** Deprecated since OPA 0.13, and only in Rego v0: only arrays and sets turn into each other. */
export const casts: Readonly<Record<string, Builtin>> = {
  cast_array: (args) => collectionOperand(args, 1),
  cast_boolean: castBoolean,
  cast_null: castNull,
  cast_object: (args) => objectOperand(args, 1),
  cast_set: (args) => new RegoSet(collectionOperand(args, 1)),
  cast_string: (args) => stringOperand(args, 1),
};
