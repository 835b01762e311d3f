import { monthNames, weekdayNames } from './calendar.ts';
import { fractionDigits } from './layout.ts';
import type { Chunk, Field } from './layout.ts';

/** What has been read of a time; what the layout does not name stays undefined. */
export interface Draft {
  year: number;
  month?: number;
  day?: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  /** A layout may name the half of the day twice. */
  isMorning?: true;
  isAfternoon?: true;
  /** Seconds to the east. */
  offset?: number;
  isUtc?: true;
}

interface NumberField {
  readonly pattern: RegExp;
  readonly key: 'month' | 'day' | 'yearDay' | 'hour' | 'minute';
  readonly low: number;
  readonly high: number;
}

/** Fields that are one number: what their digits look like, and what they may come to. */
const numbers = {
  numericMonth: { pattern: /^\d\d?/, key: 'month', low: 1, high: 12 },
  zeroMonth: { pattern: /^\d\d/, key: 'month', low: 1, high: 12 },
  day: { pattern: /^\d\d?/, key: 'day', low: 0, high: 99 },
  spaceDay: { pattern: /^ ?(\d\d?)/, key: 'day', low: 0, high: 99 },
  zeroDay: { pattern: /^\d\d/, key: 'day', low: 0, high: 99 },
  spaceYearDay: { pattern: /^ {0,2}(\d{1,3})/, key: 'yearDay', low: 0, high: 999 },
  zeroYearDay: { pattern: /^\d{3}/, key: 'yearDay', low: 0, high: 999 },
  hour: { pattern: /^\d\d?/, key: 'hour', low: 0, high: 23 },
  hour12: { pattern: /^\d\d?/, key: 'hour', low: 0, high: 12 },
  zeroHour12: { pattern: /^\d\d/, key: 'hour', low: 0, high: 12 },
  minute: { pattern: /^\d\d?/, key: 'minute', low: 0, high: 59 },
  zeroMinute: { pattern: /^\d\d/, key: 'minute', low: 0, high: 59 },
} as const satisfies Partial<Record<Field, NumberField>>;

/** Reads one field off the front; the rest of the text, or undefined when the field is not there. */
export function readField(
  draft: Draft,
  { field, text }: Chunk,
  value: string,
  isFractionNext: boolean,
): string | undefined {
  switch (field) {
    case 'longMonth':
      return readName(monthNames, value, (index) => (draft.month = index + 1));
    case 'month':
      return readName(shortMonths, value, (index) => (draft.month = index + 1));
    case 'longWeekday':
      return readName(weekdayNames, value, () => undefined);
    case 'weekday':
      return readName(shortWeekdays, value, () => undefined);
    case 'longYear':
      return take(/^\d{4}/, value, ([year]) => (draft.year = Number(year)));
    case 'year':
      return take(/^(?:\d|[-+])\d/, value, ([digits]) => {
        const year = Number(digits);
        draft.year = year >= 69 ? year + 1900 : year + 2000;
      });
    case 'second':
    case 'zeroSecond':
      return readSecond(draft, field, value, isFractionNext);
    case 'fraction':
      return readFraction(draft, text, value);
    case 'numericMonth':
    case 'zeroMonth':
    case 'day':
    case 'spaceDay':
    case 'zeroDay':
    case 'spaceYearDay':
    case 'zeroYearDay':
    case 'hour':
    case 'hour12':
    case 'zeroHour12':
    case 'minute':
    case 'zeroMinute':
      return readNumber(draft, numbers[field], value);
    case 'upperHalf':
    case 'lowerHalf':
      return take(field === 'upperHalf' ? /^[AP]M/ : /^[ap]m/, value, ([half]) => {
        draft[half.toUpperCase() === 'PM' ? 'isAfternoon' : 'isMorning'] = true;
      });
    case 'offset':
      return readOffset(draft, text, value);
    case 'zoneName':
      return readZoneName(draft, value);
  }
}

function readNumber(draft: Draft, { pattern, key, low, high }: NumberField, value: string): string | undefined {
  const match = pattern.exec(value);
  if (match === null) return undefined;
  const read = Number(match[1] ?? match[0]);
  draft[key] = read;
  return read < low || read > high ? undefined : value.slice(match[0].length);
}

function take(pattern: RegExp, value: string, found: (match: RegExpExecArray) => unknown): string | undefined {
  const match = pattern.exec(value);
  if (match === null) return undefined;
  found(match);
  return value.slice(match[0].length);
}

const shortMonths = monthNames.map((name) => name.slice(0, 3));
const shortWeekdays = weekdayNames.map((name) => name.slice(0, 3));

function readName(names: readonly string[], value: string, found: (index: number) => unknown): string | undefined {
  // Without the flag u, i folds ASCII letters among themselves only: KELVIN SIGN is no k.
  const index = names.findIndex((name) => new RegExp(`^${name}`, 'i').test(value));
  if (index < 0) return undefined;
  found(index);
  return value.slice(names[index]?.length);
}

/** Seconds may carry a fraction that the layout does not mention. */
function readSecond(draft: Draft, field: Field, value: string, isFractionNext: boolean): string | undefined {
  const match = (field === 'second' ? /^(\d\d?)([.,]\d+)?/ : /^(\d\d)([.,]\d+)?/).exec(value);
  const [, digits = '', fraction = ''] = match ?? [];
  if (match === null || Number(digits) > 59) return undefined;
  draft.second = Number(digits);
  if (fraction === '' || isFractionNext) return value.slice(digits.length);
  draft.nanosecond = nanosecondsOfDigits(fraction.slice(1));
  return value.slice(digits.length + fraction.length);
}

/** Zeros in the layout demand so many digits, nines take any number and also none. */
function readFraction(draft: Draft, text: string, value: string): string | undefined {
  if (text[1] === '9') {
    const [fraction = ''] = /^[.,]\d+/.exec(value) ?? [];
    if (fraction !== '') draft.nanosecond = nanosecondsOfDigits(fraction.slice(1));
    return value.slice(fraction.length);
  }
  const fraction = value.slice(0, 1 + fractionDigits(text));
  // Go reads the digits with a function that also takes a plus, and looks at the first nine only.
  const isRead = fraction.length === 1 + fractionDigits(text) && /^[.,](?:\d*|\+\d*|-0*)$/.test(fraction.slice(0, 10));
  if (!isRead) return undefined;
  draft.nanosecond = nanosecondsOfDigits(fraction.slice(1));
  return value.slice(fraction.length);
}

function nanosecondsOfDigits(digits: string): number {
  const first = digits.slice(0, 9);
  return Number(/^[-+]?$/.test(first) ? 0 : first) * 10 ** (9 - first.length);
}

function readOffset(draft: Draft, text: string, value: string): string | undefined {
  if (text.startsWith('Z') && value.startsWith('Z')) {
    draft.isUtc = true;
    return value.slice(1);
  }
  const separator = text.includes(':') ? ':' : '';
  const count = text.replaceAll(/\D/g, '').length / 2;
  const pattern = new RegExp(
    `^([-+])${Array(count)
      .fill(String.raw`(\d\d)`)
      .join(separator)}`,
  );
  const match = pattern.exec(value);
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(2).map(Number);
  // Some write an offset of 24 hours or of 60 minutes.
  if (hours > 24 || minutes > 60 || seconds > 60) return undefined;
  const size = (hours * 60 + minutes) * 60 + seconds;
  draft.offset = match[1] === '-' ? -size : size;
  return value.slice(match[0].length);
}

/** `CEST`, `GMT+3`, `-03`: what looks like the abbreviation of a time zone (Go `parseTimeZone`). */
function readZoneName(draft: Draft, value: string): string | undefined {
  if (value.startsWith('UTC')) {
    draft.isUtc = true;
    return value.slice(3);
  }
  if (value.length < 3) return undefined;
  const name = /^(?:ChST|MeST)/.exec(value)?.[0] ?? readNumberedZone(value) ?? readLetters(value);
  return name === undefined ? undefined : value.slice(name.length);
}

function readNumberedZone(value: string): string | undefined {
  const [, prefix = '', signed = ''] = /^(GMT)?([-+]\d+)?/.exec(value) ?? [];
  const isHour = signed !== '' && Number(signed.slice(1)) <= 23;
  if (prefix === '') return isHour ? signed : undefined;
  return isHour ? prefix + signed : prefix;
}

function readLetters(value: string): string | undefined {
  const [letters = ''] = /^[A-Z]{3,6}/.exec(value) ?? [];
  if (letters.length === 3 || (letters.length === 5 && letters.endsWith('T'))) return letters;
  return letters.length === 4 && (letters.endsWith('T') || letters === 'WITA') ? letters : undefined;
}
