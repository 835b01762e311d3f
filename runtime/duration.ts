/** Milliseconds of each unit, as in Go's time.ParseDuration. */
const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration as Go writes it (`24h`, `1h30m`, `1.5s`, `0`); returns milliseconds, or undefined.
 *
 * No sign: nothing in Remora's configuration lasts for a negative time.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '') return undefined;
  part.lastIndex = 0;
  let totalMs = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    const unit = unitMs[match?.[2] ?? ''];
    if (match === null || unit === undefined) return undefined;
    totalMs += Number(match[1]) * unit;
  }
  return Number.isFinite(totalMs) ? totalMs : undefined;
}

/** Writes milliseconds as Go writes a duration: `24h`, `1h30m`, `1.5s`, `250ms`, `0`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1_000;
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`;
}
