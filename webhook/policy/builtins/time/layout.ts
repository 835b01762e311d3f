/** What a piece of a layout stands for, named after Go's reference time `Mon Jan 2 15:04:05 MST 2006`. */
export type Field =
  | 'longMonth'
  | 'month'
  | 'numericMonth'
  | 'zeroMonth'
  | 'longWeekday'
  | 'weekday'
  | 'day'
  | 'spaceDay'
  | 'zeroDay'
  | 'spaceYearDay'
  | 'zeroYearDay'
  | 'hour'
  | 'hour12'
  | 'zeroHour12'
  | 'minute'
  | 'zeroMinute'
  | 'second'
  | 'zeroSecond'
  | 'longYear'
  | 'year'
  | 'upperHalf'
  | 'lowerHalf'
  | 'zoneName'
  | 'offset'
  | 'fraction';

/** One field of a layout and the literal text before it. */
export interface Chunk {
  readonly prefix: string;
  readonly field: Field;
  /** The field as the layout writes it: `Z07:00`, `.000`. */
  readonly text: string;
}

export interface Layout {
  readonly chunks: readonly Chunk[];
  /** The literal text after the last field. */
  readonly rest: string;
}

const fields: Readonly<Record<string, Field>> = {
  January: 'longMonth',
  Jan: 'month',
  Monday: 'longWeekday',
  Mon: 'weekday',
  MST: 'zoneName',
  '01': 'zeroMonth',
  '02': 'zeroDay',
  '03': 'zeroHour12',
  '04': 'zeroMinute',
  '05': 'zeroSecond',
  '06': 'year',
  '002': 'zeroYearDay',
  '15': 'hour',
  '1': 'numericMonth',
  '2006': 'longYear',
  '2': 'day',
  _2: 'spaceDay',
  __2: 'spaceYearDay',
  '3': 'hour12',
  '4': 'minute',
  '5': 'second',
  PM: 'upperHalf',
  pm: 'lowerHalf',
};

/** `Jan` in `Janet` is literal text, and so is the `_` of `_2006`; a fraction ends where its digits end. */
const fieldPattern =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|[345]|PM|pm|[-Z]070000|[-Z]07:00:00|[-Z]0700|[-Z]07:00|[-Z]07|[.,](?:0+|9+)(?!\d)/g;

/** Cuts a layout into fields and literal text (Go package time, "Constants"). Every text is a layout. */
export function readLayout(layout: string): Layout {
  const chunks: Chunk[] = [];
  let end = 0;
  for (const { 0: text, index } of layout.matchAll(fieldPattern)) {
    const field = fields[text] ?? (/^[.,]/.test(text) ? 'fraction' : 'offset');
    chunks.push({ prefix: layout.slice(end, index), field, text });
    end = index + text.length;
  }
  return { chunks, rest: layout.slice(end) };
}

/** Go keeps the count of a fraction's digits in twelve bits. */
export function fractionDigits(text: string): number {
  return (text.length - 1) & 0xfff;
}

const namedLayouts: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

/** The layout that OPA knows by this name, else the text itself. */
export function layoutNamed(name: string): string {
  return Object.hasOwn(namedLayouts, name) ? (namedLayouts[name] ?? name) : name;
}
