import { formatFloat } from './float.ts';
import type { FloatVerb } from './float.ts';
import { canBackquote, characterOf, quote, quoteRune } from './quote.ts';
import { runeCount, runes } from './runes.ts';
import { isPrintable } from './unicode.ts';
import type { GoValue } from './value.ts';

/** What stands between the `%` and the verb. With `%v`, Go takes `+` and `#` for requests of their own. */
export interface Flags {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly plusV: boolean;
  readonly sharpV: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

export const noFlags: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
  width: undefined,
  precision: undefined,
};

/**
 * Writes one argument as Go's `fmt` does for a verb, `%!d(string=x)` for a verb that the type does not have.
 *
 * Of a whole number beyond 64 bits `%p` and `%w` show Go's memory; here they are verbs that it does not have.
 */
export function printArgument(value: GoValue, verb: string, flags: Flags): string {
  if (verb === 'T') return value.type === 'nil' ? pad('<nil>', flags) : pad(truncate(value.type, flags), flags);
  if (value.type === 'nil' && verb === 'v') return pad('<nil>', flags);
  return print(value, verb, flags);
}

function print(value: GoValue, verb: string, flags: Flags): string {
  switch (value.type) {
    case 'nil':
      return `%!${verb}(<nil>)`;
    case 'bool':
      return verb === 't' || verb === 'v' ? pad(String(value.value), flags) : badVerb(value, verb, flags);
    case 'int':
    case 'int64':
    case 'uint8':
      if (value.type === 'uint8' && verb === 'v' && flags.sharpV) return print(value, 'x', { ...flags, sharp: true });
      return printInteger(value.value, verb, flags) ?? badVerb(value, verb, flags);
    case 'float64':
      return printFloat(value.value, verb, flags) ?? badVerb(value, verb, flags);
    case 'string':
    case 'json.Number':
      return printString(value.value, verb, flags) ?? badVerb(value, verb, flags);
    case '*big.Int':
      return printBig(value.value, verb, flags);
    case '[]interface {}': {
      const values = value.values.map((element) => printElement(element, verb, flags));
      return flags.sharpV ? `${value.type}{${values.join(', ')}}` : `[${values.join(' ')}]`;
    }
    case 'map[string]interface {}': {
      const entries = value.entries.map(
        ([key, of]) => `${print({ type: 'string', value: key }, verb, flags)}:${printElement(of, verb, flags)}`,
      );
      return flags.sharpV ? `${value.type}{${entries.join(', ')}}` : `map[${entries.join(' ')}]`;
    }
  }
}

function printElement(value: GoValue, verb: string, flags: Flags): string {
  if (value.type === 'nil') return flags.sharpV ? 'interface {}(nil)' : '<nil>';
  return print(value, verb, flags);
}

function badVerb(value: GoValue, verb: string, flags: Flags): string {
  return `%!${verb}(${value.type}=${print(value, 'v', flags)})`;
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: '0b', x: '0x', X: '0X' };

function printInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(characterOf(code), flags);
  if (verb === 'q') return pad(quoteRune(code, flags.plus ? 'non-ascii' : 'unprintable'), flags);
  if (verb === 'U') return pad(unicode(value, flags), { ...flags, zero: false });
  const base = bases[verb];
  if (base === undefined) return undefined;
  const { width, precision } = flags;
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
  const sign = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  const zeros = flags.zero && !flags.minus && width !== undefined ? width - sign.length : 0;
  const digits = inBase(value, base, verb).padStart(precision ?? zeros, '0');
  return pad(sign + prefixOf(digits, verb, flags.sharp) + digits, { ...flags, zero: false });
}

function inBase(value: bigint, base: number, verb: string): string {
  const digits = (value < 0n ? -value : value).toString(base);
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function prefixOf(digits: string, verb: string, isSharp: boolean): string {
  const octal = isSharp && (verb === 'o' || verb === 'O') && !digits.startsWith('0') ? '0' : '';
  if (verb === 'O') return `0o${octal}`;
  return isSharp ? (prefixes[verb] ?? octal) : '';
}

/** `U+0078`, with `#` also `U+0078 'x'`. */
function unicode(value: bigint, { precision = 0, sharp }: Flags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(Math.max(precision, 4), '0');
  const character = value >= 0n && value <= 0x10ffffn ? characterOf(Number(value)) : '';
  const isShown = sharp && character.codePointAt(0) === Number(value) && isPrintable(character);
  return `U+${digits}${isShown ? ` '${character}'` : ''}`;
}

/** Whole numbers beyond 64 bits format themselves (`big.Int.Format`), a little differently from the others. */
function printBig(value: bigint, verb: string, flags: Flags): string {
  const base = verb === 's' ? 10 : bases[verb];
  if (base === undefined) return `%!${verb}(big.Int=${value})`;
  const { width = 0, precision } = flags;
  const sign = value < 0n ? '-' : flags.plus || flags.plusV ? '+' : flags.space ? ' ' : '';
  const octal = verb === 'o' ? '0' : '';
  const prefix = verb === 'O' ? '0o' : flags.sharp || flags.sharpV ? (prefixes[verb] ?? octal) : '';
  const digits = inBase(value, base, verb).padStart(precision ?? 0, '0');
  const room = Math.max(width - sign.length - prefix.length - digits.length, 0);
  if (flags.minus) return sign + prefix + digits + ' '.repeat(room);
  if (flags.zero && precision === undefined) return sign + prefix + '0'.repeat(room) + digits;
  return ' '.repeat(room) + sign + prefix + digits;
}

const floatVerbs: Readonly<Record<string, readonly [verb: FloatVerb, precision: number]>> = {
  v: ['g', -1],
  b: ['b', -1],
  g: ['g', -1],
  G: ['G', -1],
  x: ['x', -1],
  X: ['X', -1],
  f: ['f', 6],
  F: ['f', 6],
  e: ['e', 6],
  E: ['E', 6],
};

function printFloat(value: number, verb: string, flags: Flags): string | undefined {
  const found = floatVerbs[verb];
  if (found === undefined) return undefined;
  const [format, usual] = found;
  const precision = flags.precision ?? usual;
  const plain = formatFloat(value, format, precision);
  const unsigned = plain.replace(/^[+-]/, '');
  const sign = plain.startsWith('-') ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  if (!Number.isFinite(value)) return pad(sign + unsigned, { ...flags, zero: false });
  const text = flags.sharp && format !== 'b' ? withPoint(unsigned, format, precision) : unsigned;
  const { width = 0 } = flags;
  if (sign !== '' && flags.zero && !flags.minus && width > text.length + 1) {
    return sign + text.padStart(width - 1, '0');
  }
  return pad(sign + text, flags);
}

/** `%#g` keeps the point and the zeros at the end. */
function withPoint(text: string, verb: FloatVerb, precision: number): string {
  const pattern = verb === 'x' || verb === 'X' ? /^(.*?)(p.*)?$/i : /^(.*?)(e.*)?$/i;
  const [, number = '', tail = ''] = pattern.exec(text) ?? [];
  // Go forgets the zeros of %#X.
  const wanted = verb === 'g' || verb === 'G' || verb === 'x' ? (precision === -1 ? 6 : precision) : 0;
  const significant = number.replace('.', '').replace(/^0+/, '').length;
  const counted = significant + (number === '0' ? 1 : 0);
  const point = number.includes('.') ? '' : '.';
  return number + point + '0'.repeat(Math.max(wanted - counted, 0)) + tail;
}

function printString(value: string, verb: string, flags: Flags): string | undefined {
  if (verb === 'x' || verb === 'X') return hexadecimal(value, verb, flags);
  if (verb === 'q' || (verb === 'v' && flags.sharpV)) {
    const text = truncate(value, flags);
    if (flags.sharp && canBackquote(text)) return pad(`\`${text}\``, flags);
    return pad(quote(text, flags.plus ? 'non-ascii' : 'unprintable'), flags);
  }
  return verb === 's' || verb === 'v' ? pad(truncate(value, flags), flags) : undefined;
}

/** The bytes of a string; with a space between them and `#`, each gets its prefix. */
function hexadecimal(value: string, verb: 'x' | 'X', flags: Flags): string {
  const bytes = Buffer.from(value).subarray(0, flags.precision);
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const prefix = flags.sharp && bytes.length > 0 ? `0${verb}` : '';
  const text = digits.join(flags.space ? ` ${prefix}` : '');
  return pad(prefix + (verb === 'X' ? text.toUpperCase() : text), flags);
}

/** Cuts to so many characters. */
function truncate(text: string, { precision }: Flags): string {
  return precision === undefined || text.length <= precision ? text : runes(text).slice(0, precision).join('');
}

/** Fills up to the width, counted in characters; zeros only ever stand to the left. */
export function pad(text: string, { width = 0, minus, zero }: Flags): string {
  if (width === 0) return text;
  const room = Math.max(width - runeCount(text), 0);
  if (minus) return text + ' '.repeat(room);
  return (zero ? '0' : ' ').repeat(room) + text;
}
