import type { Value } from '../value/value.ts';
import { toJson } from './json/convert.ts';
import { stringOperand } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

import { decode } from './yaml/decode.ts';
import { parseFirst } from './yaml/parse.ts';
import { reread } from './yaml/reread.ts';
import { write } from './yaml/write.ts';

function read(text: string): Value {
  const first = parseFirst(text);
  return first === undefined ? null : decode(first);
}

const isValid: Builtin = ([value]) => {
  if (typeof value !== 'string') return false;
  try {
    read(value);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/encoding */
export const yaml: Readonly<Record<string, Builtin>> = {
  'yaml.is_valid': isValid,
  'yaml.marshal': ([value]) => write(reread(toJson(value ?? null))),
  'yaml.unmarshal': (args) => read(stringOperand(args, 1)),
};
