import type { PodStream } from '../../e2e/certificates/stream.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import type { Figures, NodesStage } from './stage.ts';

/** Admissions after an outage that must all succeed. */
const cleanRun = 200;

/** What a stream counted so far. */
export function numbersOf(stream: PodStream): Figures & { readonly made: number; readonly refused: number } {
  const { made, bare, waiting, longestWaitMs, refusals } = stream;
  return { made, bare, refused: refusals.length, waiting, longestWaitMs };
}

/** Refusals by what refused. */
export function byReason(refusals: readonly string[]): Figures {
  const counts: Record<string, number> = {};
  for (const refusal of refusals) {
    const said = /ValidatingAdmissionPolicy '[^']+'|failed calling webhook "[^"]+"/.exec(refusal)?.[0];
    const reason = said ?? /^\S+ (\w+):/.exec(refusal)?.[1] ?? 'other';
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

/** By how much each counter rose. */
export function difference(now: object, before: object): Figures {
  const old = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(Object.entries(now).map(([key, value]) => [key, Number(value) - Number(old.get(key))]));
}

/** All of a number of admissions succeed at once, and none waits to be tried again. */
export async function seeNoRefusal(stage: NodesStage, stream: PodStream, when: string): Promise<void> {
  await attemptUntil('no pod waits', 60_000, async () => Promise.resolve(stream.waiting === 0 ? true : undefined));
  const { made, refusals } = stream;
  const refused = refusals.length;
  await attemptUntil(`${cleanRun} pods more`, 120_000, async () =>
    Promise.resolve(stream.made >= made + cleanRun ? true : undefined),
  );
  const late = refusals.slice(refused);
  stage.require(late.length === 0, `${when}: ${late.length} pods refused: ${late[0] ?? ''}`);
}
