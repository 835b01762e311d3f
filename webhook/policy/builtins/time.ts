import { isArray } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { roundToFloat } from './float.ts';
import { integerOperand, integerValue, numberOperand, stringOperand } from './operands.ts';
import { daysIn, weekdayNames } from './time/calendar.ts';
import { momentAt, momentOf, nanosecondsOf, wallClock } from './time/clock.ts';
import type { Moment, WallClock } from './time/clock.ts';
import { readDuration } from './time/duration.ts';
import { formatTime } from './time/format.ts';
import { layoutNamed } from './time/layout.ts';
import type { Location } from './time/location.ts';
import { parseTime } from './time/parse.ts';
import { findLocation } from './time/zones.ts';
import { BuiltinError } from './types.ts';
import type { Builtin } from './types.ts';

/** A moment, where it is, and the layout to write it in. */
interface PlacedTime {
  readonly moment: Moment;
  readonly location: Location;
  readonly layout: string;
}

/** Reads `ns`, `[ns]`, `[ns, zone]` or `[ns, zone, layout]`. */
function placedTime(args: readonly Value[], position: number): PlacedTime {
  const operand = args[position - 1];
  const parts = operand !== undefined && isArray(operand) ? operand : [numberOperand(args, position)];
  const nanoseconds = roundToFloat(numberOperand(parts, 1));
  if (nanoseconds === undefined || BigInt.asIntN(64, nanoseconds) !== nanoseconds) {
    throw new BuiltinError('timestamp too big');
  }
  const name = parts.length > 1 ? stringOperand(parts, 2) : '';
  const location = findLocation(name);
  if (location === undefined) throw new BuiltinError(`unknown time zone ${name}`);
  const layout = parts.length > 2 ? stringOperand(parts, 3) : '';
  return { moment: momentOf(nanoseconds), location, layout };
}

function clockOf(args: readonly Value[]): WallClock {
  const { moment, location } = placedTime(args, 1);
  return wallClock(moment, location);
}

function nanoseconds(moment: Moment | undefined): Value | undefined {
  const found = moment === undefined ? undefined : nanosecondsOf(moment);
  return found === undefined ? undefined : integerValue(found);
}

/** Years, months, days, hours, minutes and seconds between two moments, as the clocks of the first one's place go. */
function difference(args: readonly Value[]): readonly number[] {
  const [first, second] = [placedTime(args, 1), placedTime(args, 2)];
  const moments = [first.moment, second.moment].sort((a, b) =>
    a.seconds === b.seconds ? a.nanosecond - b.nanosecond : a.seconds < b.seconds ? -1 : 1,
  );
  const [from, to] = moments.map((moment) => wallClock(moment, first.location)) as [WallClock, WallClock];
  const parts = [
    to.day.year - from.day.year,
    to.day.month - from.day.month,
    to.day.day - from.day.day,
    to.hour - from.hour,
    to.minute - from.minute,
    to.second - from.second,
  ];
  const sizes = [Infinity, 12, daysIn(from.day.month, from.day.year), 24, 60, 60];
  for (let at = parts.length - 1; at > 0; at -= 1) {
    if ((parts[at] ?? 0) >= 0) continue;
    parts[at] = (parts[at] ?? 0) + (sizes[at] ?? 0);
    parts[at - 1] = (parts[at - 1] ?? 0) - 1;
  }
  return parts;
}

/**
 * The family `time`: nanoseconds since 1970 in 64 bits, layouts and time zones of Go's package time
 * (https://www.openpolicyagent.org/docs/policy-reference/builtins/time).
 */
export const time: Readonly<Record<string, Builtin>> = {
  'time.now_ns': (_, { nowNanoseconds }) => integerValue(nowNanoseconds),
  'time.parse_ns': (args) => nanoseconds(parseTime(layoutNamed(stringOperand(args, 1)), stringOperand(args, 2))),
  'time.parse_rfc3339_ns': (args) => nanoseconds(parseTime(layoutNamed('RFC3339'), stringOperand(args, 1))),
  'time.parse_duration_ns': (args) => {
    const duration = readDuration(stringOperand(args, 1));
    return duration === undefined ? undefined : integerValue(duration);
  },
  'time.format': (args) => {
    const { moment, location, layout } = placedTime(args, 1);
    return formatTime(wallClock(moment, location), layoutNamed(layout === '' ? 'RFC3339Nano' : layout));
  },
  'time.date': (args) => {
    const { year, month, day } = clockOf(args).day;
    return [year, month, day];
  },
  'time.clock': (args) => {
    const { hour, minute, second } = clockOf(args);
    return [hour, minute, second];
  },
  'time.weekday': (args) => weekdayNames[clockOf(args).day.weekday],
  'time.add_date': (args) => {
    const { moment, location } = placedTime(args, 1);
    const [years, months, days] = [2, 3, 4].map((position) => integerOperand(args, position)) as [
      bigint,
      bigint,
      bigint,
    ];
    const { day, hour, minute, second, nanosecond } = wallClock(moment, location);
    const date = [BigInt(day.year) + years, BigInt(day.month) + months, BigInt(day.day) + days] as const;
    return nanoseconds(momentAt(location, date, (hour * 60 + minute) * 60 + second, nanosecond));
  },
  'time.diff': (args) => difference(args),
};
