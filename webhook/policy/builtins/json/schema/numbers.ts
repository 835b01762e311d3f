import { writeNumber } from '../../../value/number.ts';
import type { RegoNumber } from '../../../value/number.ts';

/** Go reads no greater exponent into a fraction (`big.Rat.SetString`). */
const largestExponent = 1e6;

/** A number as `digits` times ten to the power of `exponent`, without zeros at the end. */
interface Scaled {
  readonly digits: bigint;
  readonly exponent: number;
}

function scale(number: RegoNumber): Scaled {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(writeNumber(number)) ?? [];
  const all = `${whole}${fraction}`;
  const kept = all.replace(/0+$/, '');
  if (kept === '') return { digits: 0n, exponent: 0 };
  return { digits: BigInt(sign + kept), exponent: Number(power) - fraction.length + all.length - kept.length };
}

/** Whether a number is whole, however it is spelled. */
export function isWhole(number: RegoNumber): boolean {
  const { exponent } = scale(number);
  return exponent >= 0 && exponent <= largestExponent;
}

/** Whether a number is a whole multiple of another, exactly. */
export function isMultiple(number: RegoNumber, of: RegoNumber): boolean {
  const [a, b] = [scale(number), scale(of)];
  const least = Math.min(a.exponent, b.exponent);
  if (Math.max(a.exponent, b.exponent) - least > largestExponent) return false;
  return (a.digits * 10n ** BigInt(a.exponent - least)) % (b.digits * 10n ** BigInt(b.exponent - least)) === 0n;
}

/** Shows a number as Go's `big.Float` shows itself: from a million on with an exponent. */
export function showLimit(number: RegoNumber): string {
  const { digits, exponent } = scale(number);
  if (digits === 0n) return '0';
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString();
  const power = text.length + exponent - 1;
  if (power < -4 || power >= 6) {
    const fraction = text.length > 1 ? `.${text.slice(1)}` : '';
    return `${sign}${text[0] ?? ''}${fraction}e${power < 0 ? '-' : '+'}${Math.abs(power).toString().padStart(2, '0')}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${text}`;
  const whole = text.slice(0, power + 1).padEnd(power + 1, '0');
  const rest = text.slice(power + 1);
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}
