import type { KubeObject } from '../../../settings/policies/object.ts';
import type { Verdict } from '../answer/answer.ts';
import { applyPatches, readPatches } from './patch.ts';
import type { ViolationPatch } from './patch.ts';
import { fragmentOf } from './fragment.ts';

/** Judges the same request with another object. */
export type JudgeAgain = (object: KubeObject) => Promise<readonly Verdict[]>;

export interface FixOptions {
  readonly judgeAgain: JudgeAgain;
  /** Milliseconds, from wherever; what is not found in time is not looked for. */
  readonly now: () => number;
}

/** So long a refusal waits for advice; the API server gives up after 3 s. */
const budgetMs = 400;
/** What was mended may violate what was not violated before. */
const rounds = 3;
const maxFragmentLength = 2_000;

/**
 * What to change so that a refused object passes, in words and as the least YAML; undefined when no violation carries a
 * patch. It was judged again, and says how much of it passes: nothing is said that was not tried.
 *
 * Codes within the text: `PatchInvalid` for a policy whose patch is none.
 */
export async function adviseFix(
  object: KubeObject,
  verdicts: readonly Verdict[],
  { judgeAgain, now }: FixOptions,
): Promise<string | undefined> {
  const { patches, broken } = readPatches(verdicts);
  const notes = broken.map(
    (title) => `[${title}] carries a patch that is no list of JSON Patch operations [PatchInvalid]`,
  );
  if (patches.length === 0) return notes.length === 0 ? undefined : notes.join('\n');
  const deadline = now() + budgetMs;
  const found = await mend(object, patches, verdicts, judgeAgain, () => now() < deadline);
  return [...notes, found].join('\n');
}

async function mend(
  object: KubeObject,
  first: readonly ViolationPatch[],
  verdicts: readonly Verdict[],
  judgeAgain: JudgeAgain,
  hasTime: () => boolean,
): Promise<string> {
  let patches = first;
  let left = denialsOf(verdicts);
  for (let round = 0; round < rounds && hasTime(); round += 1) {
    const patched = applyPatches(object, patches);
    if (patched === undefined) return `The changes that ${titlesOf(patches)} would make do not fit this object.`;
    const again = await judgeAgain(patched);
    left = denialsOf(again);
    const known = new Set(patches.map(({ key }) => key));
    const more = readPatches(again).patches.filter(({ key }) => !known.has(key));
    if (left === 0 || more.length === 0) break;
    patches = [...patches, ...more];
  }
  if (left === 0) patches = await least(object, patches, judgeAgain, hasTime);
  const fragment = fragmentOf(object, applyPatches(object, patches) ?? object);
  if (fragment.length > maxFragmentLength)
    return `The changes that ${titlesOf(patches)} would make are too long to show.`;
  const head = left === 0 ? 'It would pass with:' : `These changes mend some of it; ${left} violations stay:`;
  return `${head}\n${fragment.trimEnd().replace(/^/gm, '  ')}`;
}

/** Leaves out, one after the other, the patches without which it passes all the same. */
async function least(
  object: KubeObject,
  patches: readonly ViolationPatch[],
  judgeAgain: JudgeAgain,
  hasTime: () => boolean,
): Promise<readonly ViolationPatch[]> {
  let needed = patches;
  for (const patch of patches) {
    if (needed.length === 1 || !hasTime()) return needed;
    const without = needed.filter((each) => each !== patch);
    const patched = applyPatches(object, without);
    if (patched !== undefined && denialsOf(await judgeAgain(patched)) === 0) needed = without;
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
