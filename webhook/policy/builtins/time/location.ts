import { dayOf, secondsPerDay } from './calendar.ts';
import { readDaylightRule } from './rule.ts';
import type { DaylightRule } from './rule.ts';

/** The offset from UTC that was in force, in seconds to the east, with its abbreviation (`CEST`). */
export interface Zone {
  readonly name: string;
  readonly offset: number;
  readonly isDaylight: boolean;
}

/** A zone and the seconds since 1970 between which it holds: from `start` to before `end`. */
export interface Period {
  readonly zone: Zone;
  readonly start: bigint | number;
  readonly end: bigint | number;
}

export interface Location {
  lookup(seconds: bigint): Period;
}

const utcPeriod: Period = {
  zone: { name: 'UTC', offset: 0, isDaylight: false },
  start: -Infinity,
  end: Infinity,
};

export const utc: Location = { lookup: () => utcPeriod };

interface Transition {
  readonly at: bigint | number;
  readonly zone: Zone;
}

/**
 * Reads a place's history from the 64-bit part of a TZif file (RFC 9636). Which zone holds before the first transition,
 * and how the rule for the time after the last one is applied, is as Go's package time has it.
 *
 * @throws RangeError for a file that is cut short: they come with Remora, nobody else writes them.
 */
export function readLocation(file: Buffer): Location {
  const first = readCounts(file, 0);
  const second = headerSize + first.times * 5 + first.zones * 6 + first.characters + first.leaps * 8 + first.flags;
  const counts = readCounts(file, second);
  const timesAt = second + headerSize;
  const indexesAt = timesAt + counts.times * 8;
  const zonesAt = indexesAt + counts.times;
  const namesAt = zonesAt + counts.zones * 6;
  const names = file.toString('latin1', namesAt, namesAt + counts.characters);
  const zones = Array.from({ length: counts.zones }, (_, index): Zone => {
    const at = zonesAt + index * 6;
    const [name = ''] = names.slice(file.readUInt8(at + 5)).split('\0');
    return { name, offset: file.readInt32BE(at), isDaylight: file.readUInt8(at + 4) !== 0 };
  });
  const indexes = Array.from({ length: counts.times }, (_, index) => file.readUInt8(indexesAt + index));
  const transitions = indexes.map((zone, index): Transition => {
    return { at: file.readBigInt64BE(timesAt + index * 8), zone: zones[zone] ?? utcPeriod.zone };
  });
  const footer = file.toString('latin1', namesAt + counts.characters + counts.leaps * 12 + counts.flags).trim();
  const before = zones[firstZone(zones, indexes)] ?? utcPeriod.zone;
  // A place that never changed its clock has one zone for all time.
  return new TransitionList(
    before,
    transitions.length === 0 ? [{ at: -Infinity, zone: before }] : transitions,
    readDaylightRule(footer),
  );
}

const headerSize = 44;

interface Counts {
  readonly flags: number;
  readonly leaps: number;
  readonly times: number;
  readonly zones: number;
  readonly characters: number;
}

function readCounts(file: Buffer, at: number): Counts {
  const [utcFlags = 0, standardFlags = 0, leaps = 0, times = 0, zones = 0, characters = 0] = [0, 1, 2, 3, 4, 5].map(
    (index) => file.readUInt32BE(at + 20 + index * 4),
  );
  return { flags: utcFlags + standardFlags, leaps, times, zones, characters };
}

/** The zone before the first transition: the first one that is not used later, else a standard time. */
function firstZone(zones: readonly Zone[], indexes: readonly number[]): number {
  if (!indexes.includes(0)) return 0;
  const [first = 0] = indexes;
  if (zones[first]?.isDaylight === true) {
    const earlier = zones.slice(0, first).findLastIndex((zone) => !zone.isDaylight);
    if (earlier >= 0) return earlier;
  }
  return Math.max(
    0,
    zones.findIndex((zone) => !zone.isDaylight),
  );
}

class TransitionList implements Location {
  readonly #before: Zone;
  readonly #transitions: readonly Transition[];
  readonly #rule: DaylightRule | undefined;

  constructor(before: Zone, transitions: readonly Transition[], rule: DaylightRule | undefined) {
    this.#before = before;
    this.#transitions = transitions;
    this.#rule = rule;
  }

  lookup(seconds: bigint): Period {
    const next = this.#indexAfter(seconds);
    const end = this.#transitions[next]?.at ?? Infinity;
    const current = this.#transitions[next - 1];
    if (current === undefined) return { zone: this.#before, start: -Infinity, end };
    if (end === Infinity && this.#rule !== undefined) return periodByRule(this.#rule, current.at, seconds);
    return { zone: current.zone, start: current.at, end };
  }

  /** The index of the first transition after the moment. */
  #indexAfter(seconds: bigint): number {
    let [low, high] = [0, this.#transitions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#transitions[middle]?.at ?? Infinity) <= seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The period by a yearly rule. At the turn of the year it ends although the zone goes on; nobody asks for more. */
function periodByRule(rule: DaylightRule, since: bigint | number, seconds: bigint): Period {
  if (rule.daylight === undefined) return { zone: rule.standard, start: since, end: Infinity };
  const size = BigInt(secondsPerDay);
  const inDay = seconds % size;
  const { year, yearDay } = dayOf(Number((seconds - inDay) / size));
  const inYear = BigInt((yearDay - 1) * secondsPerDay) + inDay;
  const yearStart = seconds - inYear;
  const daylight: Period = {
    zone: rule.daylight.zone,
    start: rule.daylight.start(year) - rule.standard.offset,
    end: rule.daylight.end(year) - rule.daylight.zone.offset,
  };
  // South of the equator the year begins and ends with daylight saving time: then it is standard time that has bounds.
  const inner =
    daylight.end < daylight.start ? { zone: rule.standard, start: daylight.end, end: daylight.start } : daylight;
  const outer = inner === daylight ? rule.standard : rule.daylight.zone;
  const absolute = (second: bigint | number) => yearStart + BigInt(second);
  if (inYear < inner.start) return { zone: outer, start: yearStart, end: absolute(inner.start) };
  if (inYear < inner.end) return { zone: inner.zone, start: absolute(inner.start), end: absolute(inner.end) };
  return { zone: outer, start: absolute(inner.end), end: yearStart + 365n * size };
}
