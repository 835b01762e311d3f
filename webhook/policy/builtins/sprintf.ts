import { writeNumber } from '../value/number.ts';
import { isNumber } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { format } from './go/format.ts';
import type { GoValue } from './go/value.ts';
import { arrayOperand, int64, stringOperand } from './operands.ts';
import { showTerm } from './term.ts';
import type { Builtin } from './types.ts';

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/strings#builtin-strings-sprintf */
export const sprintf: Builtin = (args) => format(stringOperand(args, 1), arrayOperand(args, 2).map(goValue));

/**
 * What OPA hands to Go's `fmt`: numbers as they are spelled, with a fraction or exponent as double, else as whole
 * number; strings plainly; everything else as it shows terms.
 */
function goValue(value: Value): GoValue {
  if (typeof value === 'string') return { type: 'string', value };
  if (!isNumber(value)) return { type: 'string', value: showTerm(value) };
  const text = writeNumber(value);
  if (/[.eE]/.test(text)) {
    const double = Number(text);
    return Number.isFinite(double) ? { type: 'float64', value: double } : { type: 'string', value: text };
  }
  const small = int64(value);
  return small === undefined ? { type: '*big.Int', value: BigInt(text) } : { type: 'int64', value: small };
}
