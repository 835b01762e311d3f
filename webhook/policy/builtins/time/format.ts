import { monthNames, weekdayNames } from './calendar.ts';
import { fractionDigits, readLayout } from './layout.ts';
import type { Chunk } from './layout.ts';
import type { WallClock } from './clock.ts';

/** Writes a time in a layout, as Go's `Time.Format` does. */
export function formatTime(time: WallClock, layout: string): string {
  const { chunks, rest } = readLayout(layout);
  return chunks.map((chunk) => chunk.prefix + writeField(time, chunk)).join('') + rest;
}

function pad(value: number, width: number, filler = '0'): string {
  return String(value).padStart(width, filler);
}

function writeField(time: WallClock, { field, text }: Chunk): string {
  const { year, month, day, yearDay, weekday } = time.day;
  const hour12 = time.hour % 12 === 0 ? 12 : time.hour % 12;
  switch (field) {
    case 'longMonth':
      return monthNames[month - 1] ?? '';
    case 'month':
      return (monthNames[month - 1] ?? '').slice(0, 3);
    case 'numericMonth':
      return String(month);
    case 'zeroMonth':
      return pad(month, 2);
    case 'longWeekday':
      return weekdayNames[weekday] ?? '';
    case 'weekday':
      return (weekdayNames[weekday] ?? '').slice(0, 3);
    case 'day':
      return String(day);
    case 'spaceDay':
      return pad(day, 2, ' ');
    case 'zeroDay':
      return pad(day, 2);
    case 'spaceYearDay':
      return pad(yearDay, 3, ' ');
    case 'zeroYearDay':
      return pad(yearDay, 3);
    case 'hour':
      return pad(time.hour, 2);
    case 'hour12':
      return String(hour12);
    case 'zeroHour12':
      return pad(hour12, 2);
    case 'minute':
      return String(time.minute);
    case 'zeroMinute':
      return pad(time.minute, 2);
    case 'second':
      return String(time.second);
    case 'zeroSecond':
      return pad(time.second, 2);
    case 'longYear':
      return pad(year, 4);
    case 'year':
      return pad(year % 100, 2);
    case 'upperHalf':
      return time.hour >= 12 ? 'PM' : 'AM';
    case 'lowerHalf':
      return time.hour >= 12 ? 'pm' : 'am';
    case 'zoneName':
      return time.zone.name;
    case 'offset':
      return writeOffset(time.zone.offset, text);
    case 'fraction':
      return writeFraction(time.nanosecond, text);
  }
}

/** `Z07:00` writes `Z` for UTC; both kinds write as much of the offset as they show. */
function writeOffset(offset: number, text: string): string {
  if (offset === 0 && text.startsWith('Z')) return 'Z';
  // An offset of less than a minute to the west is written with a plus: Go looks at the whole minutes only.
  const minutes = Math.trunc(offset / 60);
  const sign = minutes < 0 ? '-' : '+';
  const size = Math.abs(minutes);
  const seconds = minutes < 0 ? -offset % 60 : offset % 60;
  const digits = (value: number) => (value < 0 ? `-${pad(-value, 2)}` : pad(value, 2));
  const parts = [pad(Math.floor(size / 60), 2), pad(size % 60, 2), digits(seconds)];
  const count = text.replaceAll(/\D/g, '').length / 2;
  return sign + parts.slice(0, count).join(text.includes(':') ? ':' : '');
}

function writeFraction(nanosecond: number, text: string): string {
  const digits = pad(nanosecond, 9).slice(0, fractionDigits(text));
  const separator = text.slice(0, 1);
  if (text[1] === '0') return separator + digits;
  const significant = digits.replace(/0+$/, '');
  return significant === '' ? '' : separator + significant;
}
