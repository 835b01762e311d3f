/** The proleptic Gregorian calendar over whole days and seconds, as Go's package time counts it. */

/** A day of the calendar. `month` and `day` count from 1, `yearDay` too. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly yearDay: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export const secondsPerDay = 86_400;

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

export function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

/** Days of a common year before the month; months count from 1. */
export function daysBefore(month: number): number {
  return daysBeforeMonth[month - 1] ?? 0;
}

export function daysIn(month: number, year: number): number {
  return month === 2 && isLeap(year) ? 29 : daysBefore(month + 1) - daysBefore(month);
}

const daysPer400Years = 146_097;
/** From 0000-03-01 to 1970-01-01: years that begin in March end with the day that a leap year adds. */
const daysToEpoch = 719_468;

/** The day that is so many days after 1970-01-01. */
export function dayOf(daysSinceEpoch: number): CalendarDay {
  const days = daysSinceEpoch + daysToEpoch;
  const era = Math.floor(days / daysPer400Years);
  const dayOfEra = days - era * daysPer400Years;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  const yearDay = daysBefore(month) + day + (month > 2 && isLeap(year) ? 1 : 0);
  return { year, month, day, yearDay, weekday: (((daysSinceEpoch + 4) % 7) + 7) % 7 };
}

export function weekdayOf(year: number, month: number, day: number): number {
  return dayOf(Number(secondsOf(BigInt(year), BigInt(month), BigInt(day), 0) / BigInt(secondsPerDay))).weekday;
}

/** The year from which Go counts days, so far back that no count is negative. */
const absoluteYears = 292_277_022_400n;

/** Go's count of days since March of `absoluteYears` before year 0, in 64 unsigned bits that may wrap around. */
function absoluteDays(year: bigint, month: bigint, day: bigint): bigint {
  const isEarly = month < 3n;
  const marchYear = BigInt.asUintN(64, year - (isEarly ? 1n : 0n) + absoluteYears);
  const marchMonth = isEarly ? month + 12n : month;
  const dayOfYear = (979n * marchMonth - 2_919n) >> 5n;
  const centuryDays = BigInt.asUintN(64, 146_097n * (marchYear / 100n)) / 4n;
  return BigInt.asUintN(64, centuryDays + (1_461n * (marchYear % 100n)) / 4n + dayOfYear + day - 1n);
}

const absoluteDaysToEpoch = absoluteDays(1970n, 1n, 1n);

/**
 * Seconds from 1970-01-01T00:00:00 to the given day and second of the day, in the same place. Months and days may be
 * out of their ranges; all wraps around at 64 bits where Go's `time.Date` does, so that absurd dates stay absurd in the
 * same way.
 */
export function secondsOf(year: bigint, month: bigint, day: bigint, secondOfDay: number): bigint {
  let [wholeYear, zeroMonth] = [BigInt.asIntN(64, year), BigInt.asIntN(64, month - 1n)];
  if (zeroMonth < 0n || zeroMonth >= 12n) {
    const years = zeroMonth < 0n ? (zeroMonth - 11n) / 12n : zeroMonth / 12n;
    [wholeYear, zeroMonth] = [BigInt.asIntN(64, wholeYear + years), zeroMonth - years * 12n];
  }
  const days = BigInt.asIntN(64, absoluteDays(wholeYear, zeroMonth + 1n, BigInt.asIntN(64, day)));
  return BigInt.asIntN(64, (days - absoluteDaysToEpoch) * BigInt(secondsPerDay) + BigInt(secondOfDay));
}
