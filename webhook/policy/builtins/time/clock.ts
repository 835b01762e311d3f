import { dayOf, secondsOf, secondsPerDay } from './calendar.ts';
import type { CalendarDay } from './calendar.ts';
import type { Location, Zone } from './location.ts';

/** What a clock on the wall of a place shows at a moment. */
export interface WallClock {
  readonly day: CalendarDay;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly zone: Zone;
}

/** A moment: seconds since 1970-01-01T00:00:00Z, in 64 bits as Go keeps them, and nanoseconds within the second. */
export interface Moment {
  readonly seconds: bigint;
  readonly nanosecond: number;
}

const billion = 1_000_000_000n;

export function momentOf(nanoseconds: bigint): Moment {
  const nanosecond = ((nanoseconds % billion) + billion) % billion;
  return { seconds: (nanoseconds - nanosecond) / billion, nanosecond: Number(nanosecond) };
}

/** Go counts seconds from the year 1; what overflows there looks early or late when it is compared. */
const secondsToYearOne = 62_135_596_800n;

function order(moment: Moment): bigint {
  return BigInt.asIntN(64, moment.seconds + secondsToYearOne) * billion + BigInt(moment.nanosecond);
}

const earliest = order(momentOf(-(2n ** 63n)));
const latest = order(momentOf(2n ** 63n - 1n));

/** Nanoseconds since 1970, or undefined for a moment that 64 bits do not hold (before 1677 or after 2262). */
export function nanosecondsOf(moment: Moment): bigint | undefined {
  const position = order(moment);
  return position < earliest || position > latest ? undefined : position - secondsToYearOne * billion;
}

export function wallClock({ seconds, nanosecond }: Moment, location: Location): WallClock {
  const { zone } = location.lookup(seconds);
  const local = seconds + BigInt(zone.offset);
  const size = BigInt(secondsPerDay);
  const inDay = Number(((local % size) + size) % size);
  return {
    day: dayOf(Number((local - BigInt(inDay)) / size)),
    hour: Math.floor(inDay / 3_600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanosecond,
    zone,
  };
}

/**
 * The moment at which the clocks of a place show this (Go `time.Date`); months and days may be out of range. Of a time
 * that does not exist or exists twice, Go takes the offset of one of the two zones, and so does this.
 */
export function momentAt(
  location: Location,
  [year, month, day]: readonly [bigint, bigint, bigint],
  secondOfDay: number,
  nanosecond: number,
): Moment {
  const local = secondsOf(year, month, day, secondOfDay);
  const { zone, start, end } = location.lookup(local);
  const utc = BigInt.asIntN(64, local - BigInt(zone.offset));
  if (zone.offset === 0 || (utc >= start && utc < end)) return { seconds: utc, nanosecond };
  const { zone: other } = location.lookup(utc);
  return { seconds: BigInt.asIntN(64, local - BigInt(other.offset)), nanosecond };
}
