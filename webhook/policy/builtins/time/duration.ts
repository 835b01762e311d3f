const nanosecondsPer: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** The units that OPA adds to Go's, in hours. */
const hoursPer: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };

const limit = 2n ** 63n;

/**
 * Reads a duration as OPA's `time.parse_duration_ns` does: Go's `time.ParseDuration`, and days, weeks and years.
 *
 * @returns nanoseconds, or undefined for what is no duration or does not fit into 64 bits.
 */
export function readDuration(text: string): bigint | undefined {
  const standard = /[dwy]/.test(text) ? withoutLongUnits(text) : text;
  return standard === undefined ? undefined : readStandardDuration(standard);
}

/** `1d2h` as `24h2h`. OPA then knows only lower case units of one letter, and of two the four below. */
function withoutLongUnits(text: string): string | undefined {
  if (!/^[-+]?(?:[0-9.]+(?:ms|us|µs|ns|[a-z]))+$/.test(text)) return undefined;
  const segments = [...text.matchAll(/([0-9.]+)([^\d.]+)/g)].map(([segment, digits = '', unit = '']) => {
    const hours = Number(digits) * (hoursPer[unit] ?? 0);
    if (!Object.hasOwn(hoursPer, unit)) return segment;
    return Number.isFinite(hours) ? `${writePlain(hours)}h` : undefined;
  });
  return segments.includes(undefined) ? undefined : (/^[-+]/.exec(text)?.[0] ?? '') + segments.join('');
}

/** The shortest digits that read back as the same double, without an exponent. */
function writePlain(value: number): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const point = whole.length + Number(exponent);
  const digits = `${whole}${fraction}`;
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length ? digits.padEnd(point, '0') : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

function readStandardDuration(text: string): bigint | undefined {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0n;
  const segments = [...unsigned.matchAll(/(\d*)(?:\.(\d*))?([^\d.]+)/g)];
  if (segments.length === 0 || segments.map(([segment]) => segment).join('') !== unsigned) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of segments) {
    const size = Object.hasOwn(nanosecondsPer, unit) ? nanosecondsPer[unit] : undefined;
    if (size === undefined || whole + fraction === '') return undefined;
    // Go gives up on digits that overflow; limits on each step keep a text of a megabyte from being multiplied out.
    if (whole.replace(/^0+/, '').length > 19 || BigInt(whole) > limit / size) return undefined;
    const part = BigInt(whole) * size + readFraction(fraction, size);
    if (part > limit) return undefined;
    // Two halves of 64 bits wrap around to zero before Go looks.
    total = BigInt.asUintN(64, total + part);
    if (total > limit) return undefined;
  }
  if (text.startsWith('-')) return BigInt.asIntN(64, -total);
  return total < limit ? total : undefined;
}

/** Nanoseconds of the digits after the point, through doubles and without digits that overflow, as Go has it. */
function readFraction(digits: string, size: bigint): bigint {
  let [value, scale] = [0n, 1];
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (limit - 1n) / 10n || next > limit) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(size) / scale)));
}
