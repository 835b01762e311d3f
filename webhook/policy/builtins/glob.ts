import { stringOperand } from './operands.ts';
import type { Builtin } from './types.ts';

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/glob */
export const glob: Readonly<Record<string, Builtin>> = {
  'glob.quote_meta': (args) => stringOperand(args, 1).replace(/[*?\\[\]{}]/g, '\\$&'),
};
