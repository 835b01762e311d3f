import { daysBefore, daysIn, isLeap, secondsPerDay, weekdayOf } from './calendar.ts';
import type { Zone } from './location.ts';

/** The zone or zones of a place after the last transition of its file, for all years to come. */
export interface DaylightRule {
  readonly standard: Zone;
  readonly daylight?: {
    readonly zone: Zone;
    /** Seconds of local time after the start of the year at which it begins and ends. */
    readonly start: (year: number) => number;
    readonly end: (year: number) => number;
  };
}

const name = '([A-Za-z]{3,}|<[^>]+>)';
const clock = String.raw`[+-]?\d+(?::\d+(?::\d+)?)?`;
const date = String.raw`(J\d+|\d+|M\d+\.\d\.\d)(?:/(${clock}))?`;
const rulePattern = new RegExp(`^${name}(${clock})(?:${name}(${clock})?,${date},${date})?$`);

/**
 * Reads the footer of a TZif file, a `TZ` string of POSIX with the extensions of RFC 9636 section 3.3.1:
 * `CET-1CEST,M3.5.0,M10.5.0/3`, `<-02>2<-01>,M3.5.0/-1,M10.5.0/0`.
 *
 * @returns undefined for an empty footer, and for one that is no rule.
 */
export function readDaylightRule(footer: string): DaylightRule | undefined {
  const match = rulePattern.exec(footer);
  if (match === null) return undefined;
  const [, standardName = '', standardClock = '', daylightName, daylightClock, start, startClock, end, endClock] =
    match;
  // The string says what is added to local time to get UTC.
  const standard = { name: readName(standardName), offset: -readClock(standardClock), isDaylight: false };
  if (daylightName === undefined || start === undefined || end === undefined) return { standard };
  const offset = daylightClock === undefined ? standard.offset + 3_600 : -readClock(daylightClock);
  return {
    standard,
    daylight: {
      zone: { name: readName(daylightName), offset, isDaylight: true },
      start: readDate(start, startClock ?? '2'),
      end: readDate(end, endClock ?? '2'),
    },
  };
}

function readName(text: string): string {
  return text.replaceAll(/[<>]/g, '');
}

function readClock(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  const size = hours * 3_600 + minutes * 60 + seconds;
  return text.startsWith('-') ? -size : size;
}

function readDate(text: string, at: string): (year: number) => number {
  const seconds = readClock(at);
  const [first = 0, week = 0, weekday = 0] = text.replace(/^[JM]/, '').split('.').map(Number);
  return (year) => {
    if (text.startsWith('M')) return dayByWeek(year, first, week, weekday) * secondsPerDay + seconds;
    // J counts February 29 never, a bare number always.
    const skipped = text.startsWith('J') ? (isLeap(year) && first >= 60 ? 0 : 1) : 0;
    return (first - skipped) * secondsPerDay + seconds;
  };
}

/** Days from the start of the year to the given weekday of the given week of a month; the fifth week is the last. */
function dayByWeek(year: number, month: number, week: number, weekday: number): number {
  const first = (weekday - weekdayOf(year, month, 1) + 7) % 7;
  const weeks = Math.min(week - 1, Math.floor((daysIn(month, year) - 1 - first) / 7));
  return daysBefore(month) + (isLeap(year) && month > 2 ? 1 : 0) + first + weeks * 7;
}
