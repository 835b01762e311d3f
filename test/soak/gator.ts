import { join } from 'node:path';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { openEngine } from '../suite/gator/engine.ts';
import { findSuites } from '../suite/gator/files.ts';
import { runSuite } from '../suite/gator/run.ts';
import type { CaseResult } from '../suite/gator/run.ts';
import type { Soak } from './soak.ts';
import { compareVerdicts, messagesOf, printed, verify } from './support/gator.ts';
import type { Difference } from './support/gator.ts';

const fixtures = join(import.meta.dirname, '../fixtures');

/**
 * Runs every suite of test/fixtures through Remora's engine and through the real `gator verify`: the verdict on each case
 * must be the same, and so must every message, word for word. What gator said is kept, so that the gate compares with it
 * without building gator.
 */
export const soak: Soak = async ({ environment, report }) => {
  const { gator = '' } = await ensureBinaries(['gator'], { environment, report });
  const engine = await openEngine(environment, report);
  const differences: Difference[] = [];
  const messages: Record<string, string> = {};
  const counts = { suites: 0, cases: 0, passed: 0, failed: 0, skipped: 0, messages: 0 };
  try {
    for (const folder of [join(fixtures, 'gator'), join(fixtures, 'gator-failing')]) {
      for (const file of await findSuites(folder)) {
        const results = await runSuite(file, engine);
        counts.suites += 1;
        for (const { outcome } of results) counts[outcome] += 1;
        counts.cases += results.length;
        differences.push(...compareVerdicts(await verify(gator, file.path), results));
        const theirs = await messagesOf(gator, folder, file.path);
        for (const [title, text] of theirs) messages[keyOf(`${file.path}: ${title}`)] = text;
        differences.push(...compareMessages(theirs, results));
      }
    }
  } finally {
    await engine.close();
  }
  counts.messages = Object.keys(messages).length;
  const named = differences.map(({ title, ...rest }) => ({ title: keyOf(title), ...rest }));
  return {
    passed: differences.length === 0 && counts.messages > 0,
    figures: { ...counts, differences: named, messages },
  };
};

/** Cases that were judged by both; where either could not judge, the verdicts are compared. */
function compareMessages(theirs: ReadonlyMap<string, string>, results: readonly CaseResult[]): readonly Difference[] {
  return results.flatMap(({ title, outcome, reason, messages }) => {
    const gator = theirs.get(title.slice(title.indexOf(': ') + 2));
    const isJudged =
      outcome !== 'skipped' && (messages.length > 0 || outcome === 'passed' || reason.startsWith('want '));
    if (gator === undefined || !isJudged || gator === printed(messages)) return [];
    return [{ title, gator, ours: printed(messages) }];
  });
}

/** No path of this machine. */
function keyOf(title: string): string {
  return title.replace(`${fixtures}/`, '');
}
