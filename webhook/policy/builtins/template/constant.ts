import { unquoteCharacter } from '../go/unquote.ts';
import { goInt } from '../go/value.ts';
import type { GoValue } from '../go/value.ts';
import { BuiltinError } from '../types.ts';

/** The value of a character constant: its code. */
export function readCharacter(text: string): GoValue {
  return goInt(unquoteCharacter(text));
}

/**
 * The value of a number as text/template takes it: a double where the text has a point or an exponent, else an int.
 *
 * @throws BuiltinError for what is no number of Go, for ints beyond 64 bits, and for complex numbers.
 */
export function readConstant(text: string): GoValue {
  const plain = withoutUnderscores(text);
  const [, sign = '', hexadecimal, other] = /^([+-]?)(?:(0[xX][^pP]*)|(.*))$/s.exec(plain) ?? [];
  const integer = readInteger(sign, hexadecimal ?? other ?? '');
  // A hexadecimal int may have the digit e, which with a sign is taken for an exponent.
  const isFloat = /[.eEpP]/.test(plain) && !(hexadecimal !== undefined && sign === '');
  if (integer !== undefined && !isFloat) {
    if (BigInt.asIntN(64, integer) !== integer) throw new BuiltinError(`${text} overflows int`);
    return { type: 'int', value: integer };
  }
  const value = integer === undefined ? readFloat(sign, plain.slice(sign.length)) : Number(integer);
  if (!isFloat && !/[.pP]/.test(plain)) throw new BuiltinError(`integer overflow: ${text}`);
  return { type: 'float64', value };
}

/** Underscores may stand between digits, and between a prefix and a digit. */
function withoutUnderscores(text: string): string {
  if (!text.includes('_')) return text;
  const isGood =
    /^[+-]?(?:0[xX](?:_?[\dA-Fa-f])+|0[oObB]?(?:_?\d)*|\d(?:_?\d)*)?(?:\.(?:[\dA-Fa-f](?:_?[\dA-Fa-f])*)?)?(?:[eEpP][+-]?\d(?:_?\d)*)?$/;
  if (!isGood.test(text)) throw new BuiltinError(`illegal number syntax: ${text}`);
  return text.replaceAll('_', '');
}

function readInteger(sign: string, digits: string): bigint | undefined {
  if (!/^(?:0[xX][\dA-Fa-f]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9]\d*)$/.test(digits)) return undefined;
  const size = BigInt(digits.replace(/^0(?=\d)/, '0o'));
  const value = sign === '-' ? -size : size;
  const isInRange = BigInt.asIntN(64, value) === value || (sign === '' && BigInt.asUintN(64, value) === value);
  return isInRange ? value : undefined;
}

function readFloat(sign: string, digits: string): number {
  const [, whole = '', fraction = '', exponent] =
    /^0[xX]([\dA-Fa-f]*)(?:\.([\dA-Fa-f]*))?[pP]([+-]?\d+)$/.exec(digits) ?? [];
  const isDecimal = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits);
  if (exponent === undefined && !isDecimal) throw new BuiltinError(`illegal number syntax: ${digits}`);
  const size =
    exponent === undefined
      ? Number(digits)
      : Number(BigInt(`0x0${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length);
  if (!Number.isFinite(size)) throw new BuiltinError(`illegal number syntax: ${digits}`);
  return sign === '-' ? -size : size;
}
