import { stringOperand } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

/** Bytes that are no UTF-8 become U+FFFD: strings here are text, those of OPA are bytes. */
const hexDecode: Builtin = (args) => {
  const text = stringOperand(args, 1);
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw new BuiltinError('not hexadecimal');
  return Buffer.from(text, 'hex').toString();
};

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/encoding */
export const encoding: Readonly<Record<string, Builtin>> = {
  'base64url.encode_no_pad': (args) => Buffer.from(stringOperand(args, 1)).toString('base64url'),
  'hex.decode': hexDecode,
  'hex.encode': (args) => Buffer.from(stringOperand(args, 1)).toString('hex'),
};
