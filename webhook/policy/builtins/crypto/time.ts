import { daysIn, secondsOf } from '../time/calendar.ts';
import { malformed, tags } from './der.ts';
import type { DerReader } from './der.ts';

/** A time of a certificate, whole seconds, at the offset from UTC in which it was written. */
export interface CertificateTime {
  /** Seconds since 1970. */
  readonly seconds: bigint;
  /** As JSON has it: `2026-11-25T12:00:00Z`; undefined where Go has no JSON for it. */
  readonly text: string | undefined;
}

/** Two digits for the year in a UTCTime, whose seconds may be missing, four in a GeneralizedTime. */
const utcTime = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[-+]\d{4})$/;
const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[-+]\d{4})$/;

/** Reads a UTCTime or a GeneralizedTime (RFC 5280 section 4.1.2.5); offsets from UTC are taken, as by Go. */
export function readTime(reader: DerReader): CertificateTime {
  const isUtc = reader.isNext(tags.utcTime);
  const content = reader.content(isUtc ? tags.utcTime : tags.generalizedTime).toString('latin1');
  const [match, ...parts] = (isUtc ? utcTime : generalizedTime).exec(content) ?? [];
  const [written = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(numberOf);
  const year = isUtc ? written + (written < 50 ? 2000 : 1900) : written;
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(month, year);
  if (match === undefined || !isDate || hour > 23 || minute > 59 || second > 59) malformed('time');
  const zone = readZone(parts[6] ?? 'Z');
  const local = secondsOf(BigInt(year), BigInt(month), BigInt(day), (hour * 60 + minute) * 60 + second);
  return {
    seconds: local - BigInt(zone.seconds),
    text: zone.text === undefined ? undefined : `${writeLocal([year, month, day, hour, minute, second])}${zone.text}`,
  };
}

/** Seconds that are not written are none. */
function numberOf(digits: string | undefined): number {
  return Number(digits ?? 0);
}

/** An offset must be what Go would write for it: `Z` for none, minutes below 60. JSON has hours below 24. */
function readZone(zone: string): { readonly seconds: number; readonly text: string | undefined } {
  if (zone === 'Z') return { seconds: 0, text: 'Z' };
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3))];
  if (hours > 24 || minutes > 59 || hours + minutes === 0) malformed('time zone');
  const size = (hours * 60 + minutes) * 60;
  return {
    seconds: zone.startsWith('-') ? -size : size,
    text: hours > 23 ? undefined : `${zone.slice(0, 3)}:${zone.slice(3)}`,
  };
}

function writeLocal(parts: readonly number[]): string {
  const [year = '', month = '', day = '', ...clock] = parts.map((part, at) =>
    String(part).padStart(at === 0 ? 4 : 2, '0'),
  );
  return `${year}-${month}-${day}T${clock.join(':')}`;
}
