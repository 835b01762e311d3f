import { readNumber } from '../value/number.ts';
import type { Value } from '../value/value.ts';
import { readFraction, roundFraction } from './float.ts';
import type { Fraction } from './float.ts';
import { integerValue, stringOperand } from './operands.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

const prefixes = ['k', 'm', 'g', 't', 'p', 'e'];

/** Decimal and binary factors by unit, written by `spell`: for `k` and 1 000, for `ki` and 1 024. */
function factors(spell: (unit: string) => readonly string[]): ReadonlyMap<string, bigint> {
  return new Map(
    prefixes.flatMap((prefix, index) => {
      const power = BigInt(index + 1);
      return [
        ...spell(prefix).map((unit) => [unit, 1000n ** power] as const),
        ...spell(`${prefix}i`).map((unit) => [unit, 1024n ** power] as const),
      ];
    }),
  );
}

const byteFactors = factors((unit) => [unit, `${unit}b`]);
/** A small m is a thousandth here, not a million. */
const unitFactors = factors((unit) =>
  [unit, `${unit.slice(0, 1).toUpperCase()}${unit.slice(1)}`].filter((spelled) => spelled !== 'm'),
);

/** OPA multiplies by the double nearest to a thousandth. */
const thousandth: Fraction = { numerator: 1_152_921_504_606_847n, denominator: 2n ** 60n };

/** As Go's strings.ToLower: of the dotted capital I, JavaScript keeps the dot. */
function lower(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}

interface Amount {
  readonly number: string;
  readonly unit: string;
}

/** More digits of an exponent are refused before anything is multiplied out. */
const exponentDigits = 6;

/**
 * Cuts an amount from its unit: the first character that belongs to no number begins the unit, and so does an `e` after
 * which no exponent comes.
 */
function readAmount(text: string): Amount {
  if (text.includes(' ')) throw new BuiltinError('spaces not allowed in resource strings');
  let at = 0;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (!/[\d.eE+-]/.test(character)) break;
    if (!/[eE]/.test(character)) continue;
    const [, sign = '', digits = ''] = /^([+-]?)(\d*)/.exec(text.slice(at + 1)) ?? [];
    if (sign + digits === '') break;
    if (digits.length > exponentDigits) throw new BuiltinError('exponent too large');
    at += sign.length;
  }
  if (at === 0) throw new BuiltinError('no amount provided');
  return { number: text.slice(0, at), unit: text.slice(at) };
}

function fractionOf({ number }: Amount): Fraction {
  const fraction = readFraction(number);
  if (fraction === undefined) throw new BuiltinError('could not parse amount to a number');
  return fraction;
}

function factorOf(known: ReadonlyMap<string, bigint>, unit: string): bigint {
  const factor = unit === '' ? 1n : known.get(unit);
  if (factor === undefined) throw new BuiltinError(`unit ${unit} not recognized`);
  return factor;
}

/** Bytes as a whole number, by `big.Float` of 64 bits, which cuts off what is left of a byte. */
function parseBytes(text: string): Value {
  const amount = readAmount(lower(text).replaceAll('"', ''));
  const factor = factorOf(byteFactors, amount.unit);
  const { numerator, denominator } = roundFraction(fractionOf(amount));
  const product = roundFraction({ numerator: numerator * factor, denominator });
  return integerValue(product.numerator / product.denominator);
}

/** The largest power of ten that `big.Rat` reads, the digits after the point counted in. */
const largestPower = 1_000_000;

/** A quantity as Kubernetes writes it, exact; what is not whole is rounded to ten digits after the point. */
function parseUnits(text: string): Value {
  const amount = readAmount(text.replaceAll('"', ''));
  const unit = amount.unit.slice(0, 1) + lower(amount.unit.slice(1));
  const factor = unit === 'm' ? thousandth : { numerator: factorOf(unitFactors, unit), denominator: 1n };
  const [, fraction = '', exponent = '0'] = /^[^.eE]*(?:\.(\d*))?(?:[eE](.*))?$/.exec(amount.number) ?? [];
  if (Math.abs(Number(exponent) - fraction.length) > largestPower) throw new BuiltinError('exponent too large');
  const { numerator, denominator } = fractionOf(amount);
  const [top, bottom] = [numerator * factor.numerator, denominator * factor.denominator];
  if (top % bottom === 0n) return integerValue(top / bottom);
  return readNumber(writeRounded({ numerator: top, denominator: bottom }));
}

const shownDigits = 10;

/** Ten digits after the point, halves away from zero. */
function writeRounded({ numerator, denominator }: Fraction): string {
  const size = numerator < 0n ? -numerator : numerator;
  const scaled = (2n * size * 10n ** BigInt(shownDigits) + denominator) / (2n * denominator);
  const digits = String(scaled).padStart(shownDigits + 1, '0');
  return `${numerator < 0n ? '-' : ''}${digits.slice(0, -shownDigits)}.${digits.slice(-shownDigits)}`;
}

/** The family `units` (https://www.openpolicyagent.org/docs/policy-reference/builtins/units). */
export const units: Readonly<Record<string, Builtin>> = {
  'units.parse': (args) => parseUnits(stringOperand(args, 1)),
  'units.parse_bytes': (args) => parseBytes(stringOperand(args, 1)),
};
