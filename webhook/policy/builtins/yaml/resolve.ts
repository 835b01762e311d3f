import { BuiltinError } from '../types.ts';

/** What a scalar is: whole numbers keep all digits. */
export type Scalar =
  | { readonly type: '!!null' }
  | { readonly type: '!!bool'; readonly value: boolean }
  | { readonly type: '!!int'; readonly value: bigint }
  | { readonly type: '!!float'; readonly value: number }
  | { readonly type: '!!str'; readonly value: string };

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, { type: '!!null' }] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, { type: '!!bool', value: true }] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, { type: '!!bool', value: false }] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, { type: '!!float', value: Number.NaN }] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, { type: '!!float', value: Infinity }] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, { type: '!!float', value: -Infinity }] as const),
]);

/** Tags whose scalars are read by their text; others, `!!binary` too, leave it as it is. */
const typed = new Set(['', '!!null', '!!bool', '!!int', '!!float', '!!timestamp', '!!str']);

/**
 * What a plain scalar is to go-yaml v3: booleans of YAML 1.2, numbers of 1.1 and 1.2. Dates are strings, as OPA wants.
 *
 * @throws BuiltinError for text that is not what its tag says, and for any `!!timestamp`.
 */
export function resolve(tag: string, text: string): Scalar {
  if (tag === '!!str' || !typed.has(tag)) return { type: '!!str', value: text };
  const scalar = words.get(text) ?? resolveNumber(text) ?? { type: '!!str', value: text };
  if (tag === '' || tag === scalar.type) return scalar;
  if (tag === '!!float' && scalar.type === '!!int' && BigInt.asIntN(64, scalar.value) === scalar.value) {
    return { type: '!!float', value: Number(scalar.value) };
  }
  throw new BuiltinError(`cannot decode ${scalar.type} as a ${tag}`);
}

function resolveNumber(text: string): Scalar | undefined {
  if (text.startsWith('.')) {
    return /^\.\d+(?:[eE][+-]?\d+)?$/.test(text) ? readFloat(text) : undefined;
  }
  if (!/^[-+\d]/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  const whole = readInteger(plain);
  if (whole !== undefined) return { type: '!!int', value: whole };
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain) ? readFloat(plain) : undefined;
}

function readFloat(text: string): Scalar | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { type: '!!float', value } : undefined;
}

/** `12`, `0x1f`, `0o17`, `017`, `0b11`, with a sign, within 64 bits; with `0b-11` Go reads the sign there too. */
function readInteger(text: string): bigint | undefined {
  const [, sign = '', digits] = /^([-+]?)(0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9]\d*)$/.exec(text) ?? [];
  if (digits !== undefined) {
    const size = BigInt(digits.replace(/^0(?=\d)/, '0o'));
    return inRange(sign === '-' ? -size : size, sign);
  }
  const [, base, inner = '', odd = ''] = /^(0[bo])([-+])([0-7]+)$/.exec(text) ?? [];
  if (base === undefined || (base === '0b' && !/^[01]+$/.test(odd))) return undefined;
  const size = BigInt(`${base}${odd}`);
  return inRange(inner === '-' ? -size : size, inner);
}

/** Numbers with a sign are those of 64 bits with sign, others may use all bits. */
function inRange(value: bigint, sign: string): bigint | undefined {
  const isSigned = BigInt.asIntN(64, value) === value;
  return isSigned || (sign === '' && BigInt.asUintN(64, value) === value) ? value : undefined;
}

const time = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?`;
const timestamp = new RegExp(
  String.raw`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]${time}(?:Z|[+-](\d\d):(\d\d))| +${time})?$`,
);

/** Whether go-yaml takes a text for a date, with or without a time. */
export function isTimestamp(text: string): boolean {
  const [whole, ...parts] = timestamp.exec(text) ?? [];
  if (whole === undefined) return false;
  const [year = 0, month = 0, day = 0, ...rest] = parts.map((part?: string) => Number(part ?? 0));
  const [hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0, ...other] = rest;
  const [otherHour = 0, otherMinute = 0, otherSecond = 0] = other;
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > last || zoneHour > 24 || zoneMinute > 60) return false;
  return Math.max(hour, otherHour) < 24 && Math.max(minute, otherMinute, second, otherSecond) < 60;
}
