import { daysBefore, daysIn, isLeap, monthNames, secondsOf } from './calendar.ts';
import type { Moment } from './clock.ts';
import { readField } from './field.ts';
import type { Draft } from './field.ts';
import { readLayout } from './layout.ts';

/**
 * Reads a time by a layout, as Go's `time.Parse` does where the local time is UTC: a time without a zone is UTC, an
 * abbreviation of a zone says nothing about the offset.
 *
 * @returns undefined for a text that does not fit the layout, or a date that does not exist.
 */
export function parseTime(layout: string, text: string): Moment | undefined {
  const { chunks, rest } = readLayout(layout);
  const draft: Draft = { year: 0, hour: 0, minute: 0, second: 0, nanosecond: 0 };
  let value: string | undefined = text;
  for (const [index, chunk] of chunks.entries()) {
    value = skip(value, chunk.prefix);
    if (value === undefined) return undefined;
    value = readField(draft, chunk, value, chunks[index + 1]?.field === 'fraction');
    if (value === undefined) return undefined;
  }
  return skip(value, rest) === '' ? finish(draft) : undefined;
}

/** Takes literal text off; a run of spaces in the layout stands for any run of spaces, or for the end. */
function skip(value: string, prefix: string): string | undefined {
  let rest = value;
  for (const part of prefix.match(/ +|[^ ]/gu) ?? []) {
    if (part.startsWith(' ')) {
      if (rest !== '' && !rest.startsWith(' ')) return undefined;
      rest = rest.replace(/^ +/, '');
    } else if (rest.startsWith(part)) {
      rest = rest.slice(part.length);
    } else {
      return undefined;
    }
  }
  return rest;
}

function finish(draft: Draft): Moment | undefined {
  const date = draft.yearDay === undefined ? dateOf(draft) : dateOfYearDay(draft, draft.yearDay);
  if (date === undefined) return undefined;
  const [month, day] = date;
  if (day < 1 || day > daysIn(month, draft.year)) return undefined;
  const hour = hourOf(draft);
  const local = secondsOf(
    BigInt(draft.year),
    BigInt(month),
    BigInt(day),
    hour * 3_600 + draft.minute * 60 + draft.second,
  );
  return { seconds: local - BigInt(offsetOf(draft)), nanosecond: draft.nanosecond };
}

function dateOf({ month = 1, day = 1 }: Draft): readonly [month: number, day: number] {
  return [month, day];
}

/** A day of the year, which must fit a month and a day that were read too. */
function dateOfYearDay({ year, month, day }: Draft, yearDay: number): readonly [number, number] | undefined {
  if (yearDay < 1 || yearDay > (isLeap(year) ? 366 : 365)) return undefined;
  const start = (of: number) => daysBefore(of) + (of > 2 && isLeap(year) ? 1 : 0);
  const found = monthNames.findLastIndex((_, index) => start(index + 1) < yearDay) + 1;
  const inMonth = yearDay - start(found);
  return (month ?? found) === found && (day ?? inMonth) === inMonth ? [found, inMonth] : undefined;
}

function hourOf({ hour, isMorning, isAfternoon }: Draft): number {
  if (isAfternoon === true && hour < 12) return hour + 12;
  return isMorning === true && hour === 12 ? 0 : hour;
}

/** An abbreviation says nothing: not even `GMT+3`, whose offset Go remembers but does not apply. */
function offsetOf({ isUtc, offset = 0 }: Draft): number {
  // Go marks an offset that was not read by -1, and so takes one second to the west for none.
  return isUtc === true || offset === -1 ? 0 : offset;
}
