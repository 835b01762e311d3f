import { systemTimer } from '../../../runtime/clock.ts';

/** Between two attempts: for what no watch shows, as what an API server has heard of its own configurations. */
const betweenMs = 100;

/**
 * Tries again until `attempt` returns something.
 *
 * @throws Error at the deadline, with what was waited for.
 */
export async function attemptUntil<T>(
  what: string,
  deadlineMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = systemTimer.now() + deadlineMs;
  do {
    const result = await attempt();
    if (result !== undefined) return result;
    await systemTimer.wait(betweenMs);
  } while (systemTimer.now() < deadline);
  throw new Error(`waited ${deadlineMs} ms for: ${what}`);
}
