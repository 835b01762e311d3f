import { systemTimer } from '../../../../runtime/clock.ts';
import { takeAway } from './access.ts';
import type { Check } from './check.ts';
import { denialIn } from './denial.ts';
import type { Grant } from './grants.ts';
import { judge, passes, type Verdict } from './judge.ts';
import type { World } from './world.ts';

const timer = systemTimer;

/** A check is far from its deadline when it passes; a machine that is busy may take longer. */
const passMs = 120_000;
const reportMs = 60_000;
const leastHoldMs = 4_000;

export interface Examined {
  readonly verdict: Verdict;
  /** How long, after it was given back, until the check passed again. */
  readonly backAfterMs: number;
}

/** Runs a check with all rights; returns how long what it looks for took. */
export async function runCheck(world: World, { shows, provoke }: Check): Promise<number> {
  const provoked = await provoke(world);
  const { afterMs } = await passes(shows, provoked.seen, timer, passMs);
  await provoked.close?.();
  return afterMs;
}

/**
 * Runs a check without one right, and again with it.
 *
 * @param tookMs how long what the check looks for took with all rights; without, it must stay away for longer.
 * @throws Error when the check does not pass again, or cannot be provoked.
 */
export async function examine(
  world: World,
  grant: Grant,
  grants: readonly Grant[],
  check: Check,
  { tookMs, silenceMs = reportMs }: { readonly tookMs: number; readonly silenceMs?: number },
): Promise<Examined> {
  const giveBack = await takeAway(world.cluster.client, world.namespace, grant, grants);
  const trial = await (async () => {
    try {
      const provoked = await check.provoke(world);
      const denied = firstDenial(provoked.lines, world.namespace, grant);
      const holdMs = Math.max(leastHoldMs, 2 * tookMs);
      return { provoked, verdict: await judge({ seen: provoked.seen, denied, timer, reportMs: silenceMs, holdMs }) };
    } finally {
      await giveBack();
    }
  })();
  const { provoked, verdict } = trial;
  if (verdict.code !== 'NotNeeded' && check.recovers === 'by itself') {
    const { afterMs } = await passes(check.shows, provoked.seen, timer, passMs);
    await provoked.close?.();
    return { verdict, backAfterMs: afterMs };
  }
  await provoked.close?.();
  return { verdict, backAfterMs: await runCheck(world, check) };
}

/** Looks only at what was not looked at before: a process may log much. */
function firstDenial(lines: readonly string[], namespace: string, grant: Grant): () => string | undefined {
  let read = 0;
  let found: string | undefined;
  return () => {
    found ??= denialIn(lines.slice(read), namespace, grant);
    read = lines.length;
    return found;
  };
}
