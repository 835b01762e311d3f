import type { Timer } from '../../../../runtime/clock.ts';

/** What became of a check while one right was missing. */
export type Verdict =
  /** The product said that the right was refused, and what needs it did not come. */
  | { readonly code: 'Fails'; readonly deniedAfterMs: number; readonly denial: string }
  /** What the check looks for came all the same: nothing of the product needs the right for it. */
  | { readonly code: 'NotNeeded'; readonly evidence: string }
  /** It did not come, and the product said nothing. */
  | { readonly code: 'Silent'; readonly waitedMs: number };

export interface Trial {
  /** What the check looks for, once it is there. */
  readonly seen: () => Promise<string | undefined>;
  /** What the product said of the missing right, once it did. */
  readonly denied: () => string | undefined;
  readonly timer: Timer;
  /** How long the product may take to say something. */
  readonly reportMs: number;
  /** How long, after it did, what the check looks for must stay away: longer than it takes with the right. */
  readonly holdMs: number;
}

/** Between two looks. */
const lookMs = 100;

/** Watches a check that is to fail. */
export async function judge({ seen, denied, timer, reportMs, holdMs }: Trial): Promise<Verdict> {
  const startedAt = timer.now();
  let report: { readonly at: number; readonly denial: string } | undefined;
  for (;;) {
    const evidence = await seen();
    if (evidence !== undefined) return { code: 'NotNeeded', evidence };
    const now = timer.now();
    const denial = denied();
    if (report === undefined && denial !== undefined) report = { at: now, denial };
    if (report === undefined && now - startedAt >= reportMs) return { code: 'Silent', waitedMs: now - startedAt };
    if (report !== undefined && now - report.at >= holdMs) {
      return { code: 'Fails', deniedAfterMs: report.at - startedAt, denial: report.denial };
    }
    await timer.wait(lookMs);
  }
}

/**
 * Watches a check that is to pass, and resolves with how long it took.
 *
 * @throws Error at the deadline.
 */
export async function passes(
  what: string,
  seen: () => Promise<string | undefined>,
  timer: Timer,
  deadlineMs: number,
): Promise<{ readonly evidence: string; readonly afterMs: number }> {
  const startedAt = timer.now();
  while (timer.now() - startedAt < deadlineMs) {
    const evidence = await seen();
    if (evidence !== undefined) return { evidence, afterMs: timer.now() - startedAt };
    await timer.wait(lookMs);
  }
  throw new Error(`${what}: not so ${deadlineMs} ms after it was provoked, with all rights`);
}
