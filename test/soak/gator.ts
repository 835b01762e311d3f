import { join } from 'node:path';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { openEngine } from '../suite/gator/engine.ts';
import { findSuites } from '../suite/gator/files.ts';
import { runSuite } from '../suite/gator/run.ts';
import type { CaseResult } from '../suite/gator/run.ts';
import type { Soak } from './soak.ts';
import { compareMessages, compareVerdicts, messagesOf, verify } from './support/gator.ts';
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
  const counts = { suites: 0, cases: 0, passed: 0, failed: 0, skipped: 0, messages: 0, planted: 0 };
  try {
    for (const folder of [join(fixtures, 'gator'), join(fixtures, 'gator-failing')]) {
      for (const file of await findSuites(folder)) {
        const results = await runSuite(file, engine);
        counts.suites += 1;
        for (const { outcome } of results) counts[outcome] += 1;
        counts.cases += results.length;
        const verdicts = await verify(gator, file.path);
        const theirs = await messagesOf(gator, folder, file.path);
        differences.push(...compareVerdicts(verdicts, results), ...compareMessages(theirs, results));
        const planted = results.map(plant);
        counts.planted += compareVerdicts(verdicts, planted).length + compareMessages(theirs, planted).length;
        for (const [title, text] of theirs) messages[keyOf(`${file.path}: ${title}`)] = text;
      }
    }
  } finally {
    await engine.close();
  }
  counts.messages = Object.keys(messages).length;
  const named = differences.map(({ title, ...rest }) => ({ title: keyOf(title), ...rest }));
  return {
    passed: differences.length === 0 && counts.planted >= 2 * counts.messages && counts.messages > 0,
    figures: { ...counts, differences: named, messages },
  };
};

/** A result that is wrong in verdict and messages: the comparison must see both. */
function plant(result: CaseResult): CaseResult {
  return { ...result, outcome: result.outcome === 'passed' ? 'failed' : 'passed', messages: [...result.messages, '!'] };
}

/** No path of this machine. */
function keyOf(title: string): string {
  return title.replace(`${fixtures}/`, '');
}
