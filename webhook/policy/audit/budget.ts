import type { Timer } from '../../../runtime/clock.ts';

/** Keeps background work from taking more than its share of one core. */
export interface Budget {
  /** Says that work begins now: what was before was waiting for something else. */
  begin(): void;
  /** Called after each piece of work; pauses when enough of it has come together. */
  pause(signal?: AbortSignal): Promise<void>;
}

/** Long against a clock of whole milliseconds, short against what a request notices. */
const sliceMs = 20;

/**
 * A budget of `share` of one core, above 0 and at most 1: after `t` ms of work it pauses for `t · (1/share − 1)` ms.
 *
 * Time is taken by the clock, and so counts what the work waited for as well: the true share is smaller.
 */
export function createBudget({ share, timer }: { readonly share: number; readonly timer: Timer }): Budget {
  let startedAt = timer.now();
  return {
    begin: () => {
      startedAt = timer.now();
    },
    pause: async (signal) => {
      const workedMs = timer.now() - startedAt;
      if (workedMs < sliceMs) return;
      await timer.wait(workedMs * (1 / share - 1), signal);
      startedAt = timer.now();
    },
  };
}
