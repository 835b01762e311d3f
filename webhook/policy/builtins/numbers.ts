import { writeNumber } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import { integerValue, numberOperand } from './operands.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

/** Beyond this Go does not read an exponent as a fraction (`big.Rat.SetString`). */
const largestExponent = 1e6;

/** A whole number of any size, however it is spelled: `1e3`, `100.0`, `2.5e1`. */
function wholeOperand(args: readonly Value[], position: number): bigint {
  const text = writeNumber(numberOperand(args, position));
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(`${whole}${fraction}`);
  const power = Number(exponent) - fraction.length;
  if (Math.abs(Number(exponent)) > largestExponent) throw new BuiltinError(`operand ${position} is out of reach`);
  const scale = 10n ** BigInt(Math.abs(power));
  if (power < 0 && digits % scale !== 0n) {
    throw new BuiltinError(`operand ${position} must be integer number but got floating-point number`);
  }
  const size = power < 0 ? digits / scale : digits * scale;
  return sign === '' ? size : -size;
}

const rangeStep: Builtin = (args) => {
  const [from, to, step] = [wholeOperand(args, 1), wholeOperand(args, 2), wholeOperand(args, 3)];
  if (step <= 0n) throw new BuiltinError('step must be a positive integer');
  const values: Value[] = [];
  if (from <= to) for (let at = from; at <= to; at += step) values.push(integerValue(at));
  else for (let at = from; at >= to; at -= step) values.push(integerValue(at));
  return values;
};

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/numbers */
export const numbers: Readonly<Record<string, Builtin>> = { 'numbers.range_step': rangeStep };
