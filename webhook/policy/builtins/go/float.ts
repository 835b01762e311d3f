/** Verbs of `strconv.FormatFloat`. */
export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** `0.d₁d₂d₃…` times ten to the power of `point`, without leading or trailing zeros; zero has no digits. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

/**
 * Formats a double as Go's `strconv.FormatFloat(value, verb, precision, 64)` does; precision -1 asks for the fewest
 * digits that read back as the same double.
 */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (size === Infinity) return sign === '' ? '+Inf' : '-Inf';
  switch (verb) {
    case 'b':
      return sign + binary(size);
    case 'x':
      return sign + hexadecimal(size, precision);
    case 'X':
      return sign + hexadecimal(size, precision).toUpperCase();
    case 'e':
    case 'E':
      return sign + scientific(size, verb, precision);
    case 'f':
      return sign + fixed(size, precision);
    case 'g':
    case 'G':
      return sign + general(size, verb, precision);
  }
}

function scientific(size: number, verb: 'e' | 'E', precision: number): string {
  const digits = precision < 0 ? shortest(size) : round(exact(size), precision + 1);
  return writeScientific(digits, verb, precision < 0 ? Math.max(digits.digits.length - 1, 0) : precision);
}

function fixed(size: number, precision: number): string {
  if (precision < 0) {
    const digits = shortest(size);
    return writeFixed(digits, Math.max(digits.digits.length - digits.point, 0));
  }
  const all = exact(size);
  return writeFixed(round(all, all.point + precision), precision);
}

/** `%g`: scientific where the exponent is below -4 or at least the precision (6 where none is asked for). */
function general(size: number, verb: 'g' | 'G', precision: number): string {
  const wanted = precision === 0 ? 1 : precision;
  const digits = precision < 0 ? shortest(size) : round(exact(size), wanted);
  const count = digits.digits.length;
  const limit = wanted > count && count >= digits.point ? count : wanted;
  const exponent = digits.point - 1;
  if (count > 0 && (exponent < -4 || exponent >= (precision < 0 ? 6 : limit))) {
    return writeScientific(digits, verb === 'g' ? 'e' : 'E', count - 1);
  }
  return writeFixed(digits, Math.max(count - digits.point, 0));
}

function writeScientific({ digits, point }: Digits, verb: 'e' | 'E', precision: number): string {
  const exponent = digits === '' ? 0 : point - 1;
  const fraction = digits.slice(1, 1 + precision).padEnd(precision, '0');
  const size = Math.abs(exponent).toString().padStart(2, '0');
  const mantissa = (digits[0] ?? '0') + (precision > 0 ? `.${fraction}` : '');
  return `${mantissa}${verb}${exponent < 0 ? '-' : '+'}${size}`;
}

function writeFixed({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

/** ECMAScript and Go agree on the shortest digits: as few as read back the same, of those the nearest. */
function shortest(size: number): Digits {
  if (size === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = ''] = size.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

/** All digits of a double: each is a whole number times a power of two, so there are at most 767. */
function exact(size: number): Digits {
  const { mantissa, exponent } = parts(size);
  if (mantissa === 0n) return { digits: '', point: 0 };
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = whole.toString();
  return { digits: digits.replace(/0+$/, ''), point: digits.length + Math.min(exponent, 0) };
}

/** Keeps so many digits, rounding half to even. */
function round(all: Digits, count: number): Digits {
  const { digits, point } = all;
  if (count >= digits.length) return all;
  if (count < 0) return { digits: '', point: 0 };
  const [kept, rest] = [digits.slice(0, count), digits.slice(count)];
  const isHalf = rest === '5';
  const isOdd = Number(kept.at(-1) ?? 0) % 2 === 1;
  const up = isHalf ? isOdd : rest >= '5';
  const rounded = up ? (BigInt(`0${kept}`) + 1n).toString().padStart(count, '0') : kept;
  const trimmed = rounded.replace(/0+$/, '');
  return { digits: trimmed, point: trimmed === '' ? 0 : point + rounded.length - count };
}

/** The double as `mantissa` times two to the power of `exponent`. */
function parts(size: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/** `%b`: `4503599627370496p-52`. */
function binary(size: number): string {
  const { mantissa, exponent } = parts(size);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** `%x`: `0x1.8p+00`, the mantissa shifted so that one bit stands before the point. */
function hexadecimal(size: number, precision: number): string {
  let { mantissa, exponent } = parts(size);
  if (mantissa === 0n) exponent = 0;
  else {
    const shift = 60 - (mantissa.toString(2).length - 1);
    mantissa <<= BigInt(shift);
    exponent += 60 - shift;
  }
  if (precision >= 0 && precision < 15) {
    const dropped = BigInt(60 - precision * 4);
    const rest = mantissa & ((1n << dropped) - 1n);
    const half = 1n << (dropped - 1n);
    mantissa >>= dropped;
    if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa += 1n;
    mantissa <<= dropped;
    if (mantissa >> 61n !== 0n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const all = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0');
  const fraction = precision < 0 ? all.replace(/0+$/, '') : all.slice(0, precision).padEnd(precision, '0');
  const power = Math.abs(exponent).toString().padStart(2, '0');
  return `0x${mantissa >> 60n}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${power}`;
}
