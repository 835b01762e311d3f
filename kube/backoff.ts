export interface Backoff {
  /** Milliseconds to wait before the next attempt; each call counts one failed attempt. */
  next(): number;
  /** The last attempt succeeded. */
  reset(): void;
}

/** Exponential backoff with full jitter: a random part of base, 2 base, 4 base, … up to `capMs`. */
export function createBackoff(random: () => number, baseMs = 200, capMs = 10_000): Backoff {
  let attempts = 0;
  return {
    next: () => {
      const ceilingMs = Math.min(capMs, baseMs * 2 ** attempts);
      attempts = Math.min(attempts + 1, 30);
      return random() * ceilingMs;
    },
    reset: () => {
      attempts = 0;
    },
  };
}
