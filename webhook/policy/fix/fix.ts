import type { Timer } from '../../../runtime/clock.ts';
import type { KubeObject } from '../../../settings/policies/object.ts';
import type { Verdict } from '../answer/answer.ts';
import { applyFitting, applyPatches, readPatches } from './patch.ts';
import type { ViolationPatch } from './patch.ts';
import { fragmentOf } from './fragment.ts';

/** Judges the same request with another object. */
export type JudgeAgain = (object: KubeObject) => Promise<readonly Verdict[]>;

export interface FixOptions {
  readonly judgeAgain: JudgeAgain;
  /** What is not found in time is not waited for. */
  readonly timer: Timer;
}

/** So long a refusal waits for advice; the API server gives up after 3 s, and may then let pass. */
const budgetMs = 400;
/** What was mended may violate what was not violated before. */
const rounds = 3;
const maxFragmentLength = 2_000;

/** Patches that were judged together, and how many violations were left. */
interface Trial {
  readonly patches: readonly ViolationPatch[];
  readonly patched: KubeObject;
  readonly left: number;
}

/** Undefined when the time is up. */
type Judge = (object: KubeObject) => Promise<readonly Verdict[] | undefined>;

/**
 * What to change so that a refused object passes, in words and as the least YAML; undefined when no violation carries a
 * patch, or nothing was tried in time. It was judged again, and says how much of it passes: nothing is said that was not
 * tried.
 *
 * Codes within the text: `PatchInvalid` for a policy whose patch is none.
 */
export async function adviseFix(
  object: KubeObject,
  verdicts: readonly Verdict[],
  { judgeAgain, timer }: FixOptions,
): Promise<string | undefined> {
  const { patches, broken } = readPatches(verdicts);
  const notes = broken.map(
    (title) => `[${title}] carries a patch that is no list of JSON Patch operations [PatchInvalid]`,
  );
  const judge = judgeUntil(timer.now() + budgetMs, judgeAgain, timer);
  const advice = patches.length === 0 ? undefined : await mend(object, patches, denialsOf(verdicts), judge);
  const lines = [...notes, ...(advice === undefined ? [] : [advice])];
  return lines.length === 0 ? undefined : lines.join('\n');
}

function judgeUntil(deadline: number, judgeAgain: JudgeAgain, timer: Timer): Judge {
  return async (object) => {
    const leftMs = deadline - timer.now();
    if (leftMs <= 0) return undefined;
    const answered = new AbortController();
    const late = timer.wait(leftMs, answered.signal).then(() => undefined);
    try {
      return await Promise.race([judgeAgain(object), late]);
    } finally {
      answered.abort();
    }
  };
}

async function mend(
  object: KubeObject,
  patches: readonly ViolationPatch[],
  denials: number,
  judge: Judge,
): Promise<string | undefined> {
  const found = await tryPatches(object, patches, judge);
  if (found === 'unfit') return `The changes that ${titlesOf(patches)} would make do not fit this object.`;
  if (found === 'late') return undefined;
  if (found.left >= denials) return `The changes that ${titlesOf(found.patches)} would make do not mend it.`;
  const { left, patched } = found.left === 0 ? await least(object, found, judge) : found;
  const fragment = fragmentOf(object, patched);
  if (fragment.length > maxFragmentLength) {
    return `The changes that ${titlesOf(found.patches)} would make are too long to show.`;
  }
  const stay = left === 1 ? '1 violation stays' : `${left} violations stay`;
  const head = left === 0 ? 'It would pass with:' : `These changes mend some of it; ${stay}:`;
  return `${head}\n${fragment.trimEnd().replace(/^/gm, '  ')}`;
}

/** Of what was tried, with the patches that each trial asked for in turn, what leaves least. */
async function tryPatches(
  object: KubeObject,
  first: readonly ViolationPatch[],
  judge: Judge,
): Promise<Trial | 'unfit' | 'late'> {
  let { fitting: patches, patched } = applyFitting(object, first);
  if (patches.length === 0) return 'unfit';
  let best: Trial | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const again = await judge(patched);
    if (again === undefined) break;
    const left = denialsOf(again);
    if (best === undefined || left < best.left) best = { patches, patched, left };
    const known = new Set(patches.map(({ key }) => key));
    const more = readPatches(again).patches.filter(({ key }) => !known.has(key));
    const next = applyFitting(object, [...patches, ...more]);
    if (left === 0 || next.fitting.length === patches.length) break;
    ({ fitting: patches, patched } = next);
  }
  return best ?? 'late';
}

/** Leaves out, one after the other, the patches without which it passes all the same. */
async function least(object: KubeObject, passing: Trial, judge: Judge): Promise<Trial> {
  let needed = passing;
  for (const patch of passing.patches) {
    const patches = needed.patches.filter((each) => each !== patch);
    const patched = patches.length === 0 ? undefined : applyPatches(object, patches);
    if (patched === undefined) continue;
    const again = await judge(patched);
    if (again === undefined) break;
    if (denialsOf(again) === 0) needed = { patches, patched, left: 0 };
  }
  return needed;
}

/** Violations that refuse, and failures that do. */
function denialsOf(verdicts: readonly Verdict[]): number {
  return verdicts
    .filter(({ enforcement }) => enforcement === 'deny')
    .reduce((sum, { evaluation, onFailure }) => {
      if (evaluation.outcome === 'evaluated') return sum + evaluation.violations.length;
      return sum + (onFailure === 'deny' ? 1 : 0);
    }, 0);
}

function titlesOf(patches: readonly ViolationPatch[]): string {
  return [...new Set(patches.map(({ title }) => title))].join(', ');
}
