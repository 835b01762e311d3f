import { writeNumber } from '../value/number.ts';
import type { RegoNumber } from '../value/number.ts';

/** An exact fraction; the denominator is positive. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What a decimal number is worth, exactly: `-1.5e3`. A thousand digits cost nothing, a million some tenths of a second. */
export function readFraction(text: string): Fraction | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const power = Number(exponent) - fraction.length;
  return power < 0
    ? { numerator: digits, denominator: 10n ** BigInt(-power) }
    : { numerator: digits * 10n ** BigInt(power), denominator: 1n };
}

/** Bits of a `big.Float` that Go reads from text. */
const precision = 64;

function bitLength(value: bigint): number {
  return value === 0n
    ? 0
    : value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0] ?? '0', 16)) + 28;
}

/** Rounds to 64 significant bits, ties to even, as Go's `big.Float` does. */
export function roundFraction({ numerator, denominator }: Fraction): Fraction {
  if (numerator === 0n) return { numerator: 0n, denominator: 1n };
  const size = numerator < 0n ? -numerator : numerator;
  // Scale so that the quotient has 64 bits, or 65.
  const shift = BigInt(precision - (bitLength(size) - bitLength(denominator)));
  const [top, bottom] = shift >= 0n ? [size << shift, denominator] : [size, denominator << -shift];
  let quotient = top / bottom;
  const excess = BigInt(Math.max(0, bitLength(quotient) - precision));
  const unit = bottom << excess;
  quotient >>= excess;
  const twice = 2n * (top - quotient * unit);
  if (twice > unit || (twice === unit && quotient % 2n === 1n)) quotient += 1n;
  const signed = numerator < 0n ? -quotient : quotient;
  const scale = excess - shift;
  return scale >= 0n
    ? { numerator: signed << scale, denominator: 1n }
    : { numerator: signed, denominator: 1n << -scale };
}

/** The number as Go's `big.Float` holds it, when that is whole: OPA takes `1.00000000000000000000001` for 1. */
export function roundToFloat(value: RegoNumber): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  const text = writeNumber(value);
  // Beyond so many digits the number is far out of 64 bits, or no whole number.
  const [, exponent = '0'] = /[eE]([+-]?\d+)$/.exec(text) ?? [];
  if (Math.abs(Number(exponent)) > 100_000) return undefined;
  const fraction = readFraction(text);
  if (fraction === undefined) return undefined;
  const { numerator, denominator } = roundFraction(fraction);
  return numerator % denominator === 0n ? numerator / denominator : undefined;
}
