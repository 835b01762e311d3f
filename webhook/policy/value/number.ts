/**
 * A number whose spelling neither a double nor a whole number gives back: `0.10000000000000000001`, `1e400`, `1.0`. OPA
 * keeps the spelling and shows it: `sprintf("%d", [1.0])` is not `1`.
 */
export class Decimal {
  /** As JSON writes it (RFC 8259 section 6). */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** OPA's numbers are arbitrary (`json.Number`): a double where that is spelled so, else a bigint, else a decimal. */
export type RegoNumber = number | bigint | Decimal;

const wholePattern = /^(?:0|-?[1-9]\d*)$/;

/** Reads a JSON number without losing a digit or its spelling. */
export function readNumber(text: string): RegoNumber {
  const value = Number(text);
  if (wholePattern.test(text)) return Number.isSafeInteger(value) ? value : BigInt(text);
  return String(value) === text ? value : new Decimal(text);
}

/** Writes a number as JSON. */
export function writeNumber(value: RegoNumber): string {
  if (value instanceof Decimal) return value.text;
  return Object.is(value, -0) ? '0' : String(value);
}

/** `digits` times ten to the power of `exponent`, for exact comparison. */
interface Scaled {
  readonly digits: bigint;
  readonly exponent: number;
}

function scaled(text: string): Scaled {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const significant = `${whole}${fraction}`.replace(/0+$/, '');
  const dropped = whole.length + fraction.length - significant.length;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${significant === '' ? '0' : significant}`);
  return digits === 0n ? { digits, exponent: 0 } : { digits, exponent: Number(exponent) - fraction.length + dropped };
}

/** Beyond so many digits of difference in size, the size alone decides: nobody may make us write out 1e999999999. */
const comparedDigits = 1_000;

/** -1, 0 or 1, exactly (OPA compares numbers with big.Float; equal values of different spelling are equal). */
export function compareNumbers(a: RegoNumber, b: RegoNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [scaled(writeNumber(a)), scaled(writeNumber(b))];
  const signs = [sign(left.digits), sign(right.digits)] as const;
  if (signs[0] !== signs[1]) return signs[0] < signs[1] ? -1 : 1;
  if (signs[0] === 0) return 0;
  const [leftSize, rightSize] = [sizeOf(left), sizeOf(right)];
  if (Math.abs(leftSize - rightSize) > comparedDigits) return (leftSize < rightSize ? -1 : 1) * signs[0];
  const exponent = Math.min(left.exponent, right.exponent);
  const [leftWhole, rightWhole] = [whole(left, exponent), whole(right, exponent)];
  return leftWhole < rightWhole ? -1 : leftWhole > rightWhole ? 1 : 0;
}

function sign(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** The power of ten of the first digit. */
function sizeOf({ digits, exponent }: Scaled): number {
  return (digits < 0n ? -digits : digits).toString().length + exponent;
}

function whole({ digits, exponent }: Scaled, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to);
}
