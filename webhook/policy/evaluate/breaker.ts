import type { Clock } from '../../../runtime/clock.ts';

/** Keeps a rule that runs away again and again from ending worker after worker. Volatile: a restart forgets it. */
export interface Breaker {
  isOpen(key: string): boolean;
  /** The rule ran away once more. */
  note(key: string): void;
}

const limits = { runaways: 3, withinMs: 60_000, openMs: 30_000 };

/** Opens for 30 s after the third runaway within a minute. */
export function createBreaker(clock: Clock): Breaker {
  const runaways = new Map<string, readonly number[]>();
  const openUntil = new Map<string, number>();
  return {
    isOpen: (key) => {
      const until = openUntil.get(key);
      if (until === undefined) return false;
      if (clock.now() < until) return true;
      openUntil.delete(key);
      return false;
    },
    note: (key) => {
      const now = clock.now();
      const recent = [...(runaways.get(key) ?? []).filter((at) => now - at < limits.withinMs), now];
      if (recent.length < limits.runaways) {
        runaways.set(key, recent);
        return;
      }
      runaways.delete(key);
      openUntil.set(key, now + limits.openMs);
    },
  };
}
