import { isIP } from 'node:net';
import { compilePattern } from '../../regex/compile.ts';
import type { BuiltinContext } from '../../types.ts';
import { BuiltinError } from '../../types.ts';
import { fromBytes, toBytes } from '../../urls/escape.ts';
import { parseUrl } from '../../urls/parse.ts';
import { isEmail } from './email.ts';

/** Whether a text has a format; one that is not known is no demand. */
export function hasFormat(name: string, text: string, context: BuiltinContext): boolean {
  return formats.get(name)?.(text, context) ?? true;
}

type Format = (text: string, context: BuiltinContext) => boolean;

const date = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const time = String.raw`(\d{1,2}):(\d\d):(\d\d)(?:[.,]\d+)?`;
const zone = String.raw`(?:Z|[+-](\d\d):(\d\d))`;

function isDate(year: number, month: number, day: number): boolean {
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= last;
}

function isTime(hour: number, minute: number, second: number, zoneHour = 0, zoneMinute = 0): boolean {
  return hour < 24 && minute < 60 && second < 60 && zoneHour <= 24 && zoneMinute <= 60;
}

/** Matches the whole text and gives its numbers, 0 for what is not there. */
function numbersOf(source: string, text: string): readonly number[] | undefined {
  const [whole, ...parts] = new RegExp(`^${source}$`).exec(text) ?? [];
  return whole === undefined ? undefined : parts.map((part: string | undefined) => Number(part ?? 0));
}

const fullDate: Format = (text) => {
  const [year, month, day] = numbersOf(date, text) ?? [];
  return year !== undefined && month !== undefined && day !== undefined && isDate(year, month, day);
};

const anyTime: Format = (text) => {
  const [hour, minute, second, ...rest] = numbersOf(`${time}${zone}?`, text) ?? [];
  return hour !== undefined && minute !== undefined && second !== undefined && isTime(hour, minute, second, ...rest);
};

const dateTime: Format = (text, context) => {
  if (fullDate(text, context) || anyTime(text, context)) return true;
  const at = text.indexOf('T');
  const clock = text.slice(at + 1);
  return at >= 0 && fullDate(text.slice(0, at), context) && anyTime(clock, context) && /[Z+-]/.test(clock);
};

function urlOf(text: string): ReturnType<typeof parseUrl> | undefined {
  if (text.includes('\\')) return undefined;
  try {
    return parseUrl(toBytes(text));
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}

const uri: Format = (text) => (urlOf(text)?.scheme ?? '') !== '';
const uriReference: Format = (text) => urlOf(text) !== undefined;

/** Each brace that opens in the path is closed before the next thing. */
const uriTemplate: Format = (text) => {
  const url = urlOf(text);
  if (url === undefined) return false;
  const path = fromBytes(url.path);
  return path.lastIndexOf('{') <= path.lastIndexOf('}') || !path.includes('{');
};

const regex: Format = (text, context) => {
  try {
    compilePattern(text, context);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
};

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])';
const hostname = new RegExp(String.raw`^${label}(?:\.${label})*$`);
const pointer = '(?:/(?:[^~/]|~0|~1)*)*';

function matches(pattern: RegExp): Format {
  return (text) => pattern.test(text);
}

const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['date', fullDate],
  ['time', anyTime],
  ['date-time', dateTime],
  ['hostname', (text) => text.length < 256 && hostname.test(text)],
  ['email', isEmail],
  ['idn-email', isEmail],
  ['ipv4', (text) => isIP(text) !== 0 && text.includes('.') && !text.includes('%')],
  ['ipv6', (text) => isIP(text) === 6 && !text.includes('%')],
  ['uri', uri],
  ['uri-reference', uriReference],
  ['iri', uri],
  ['iri-reference', uriReference],
  ['uri-template', uriTemplate],
  ['uuid', matches(/^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i)],
  ['regex', regex],
  ['json-pointer', matches(new RegExp(`^${pointer}$`))],
  ['relative-json-pointer', matches(new RegExp(`^(?:0|[1-9][0-9]*)(?:#|${pointer})$`))],
]);
