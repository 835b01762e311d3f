import { dirname, join } from 'node:path';
import { checkAssertion } from './assertion.ts';
import type { Engine } from './engine.ts';
import { readObjects } from './files.ts';
import type { SuiteFile } from './files.ts';
import { judge } from './judge.ts';
import type { Judgement, Subject } from './judge.ts';
import { prepare } from './prepare.ts';
import type { Suite, SuiteCase, SuiteTest } from './suite.ts';

/** What came of one case; of a test that got to none, there is one result for each of its cases. */
export interface CaseResult {
  /** `<suite's path>: <test> / <case>`. */
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly reason: string;
  /** Of all violations, sorted; none where nothing was judged. */
  readonly messages: readonly string[];
}

/** Runs all tests of a suite, one after the other. */
export async function runSuite(file: SuiteFile, engine: Engine): Promise<readonly CaseResult[]> {
  if (file.outcome === 'broken') return [result(file.path, 'failed', file.reason)];
  const results: CaseResult[] = [];
  for (const test of file.suite.tests) results.push(...(await runTest(test, file, engine)));
  return results;
}

async function runTest(
  test: SuiteTest,
  { path, suite }: { readonly path: string; readonly suite: Suite },
  engine: Engine,
): Promise<readonly CaseResult[]> {
  const title = `${path}: ${test.name}`;
  const each = (outcome: CaseResult['outcome'], reason: string): readonly CaseResult[] =>
    test.cases.length === 0
      ? [result(title, outcome, reason)]
      : test.cases.map(({ name }) => result(`${title} / ${name}`, outcome, reason));
  if (suite.isSkipped || test.isSkipped) return each('skipped', 'the suite says so');
  const prepared = await prepare(test, path, engine);
  if (prepared.outcome === 'skipped') return each('skipped', prepared.reason);
  if (test.isInvalid) {
    if (prepared.outcome === 'invalid') return [result(title, 'passed', '')];
    const reason = prepared.outcome === 'prepared' ? 'the constraint fits the schema' : prepared.reason;
    return [result(title, 'failed', `want a constraint that does not fit the schema: ${reason}`)];
  }
  if (prepared.outcome !== 'prepared') return each('failed', prepared.reason);
  const results: CaseResult[] = [];
  for (const one of test.cases) results.push(await runCase(one, title, dirname(path), prepared.subject));
  return results;
}

async function runCase(one: SuiteCase, of: string, folder: string, subject: Subject): Promise<CaseResult> {
  const title = `${of} / ${one.name}`;
  if (one.isSkipped) return result(title, 'skipped', 'the suite says so');
  const judged = await judgeCase(one, folder, subject);
  if (judged.outcome === 'failed') return result(title, 'failed', judged.reason);
  const { messages } = judged;
  const wrong = one.assertions.map((assertion) => checkAssertion(assertion, messages));
  const reason = wrong.filter((text) => text !== undefined).join('\n');
  return { title, outcome: reason === '' ? 'passed' : 'failed', reason, messages };
}

async function judgeCase({ object, inventory }: SuiteCase, folder: string, subject: Subject): Promise<Judgement> {
  const file = await readObjects(join(folder, object));
  if (file.outcome === 'broken') return { outcome: 'failed', reason: file.reason };
  const [resource, ...others] = file.resources;
  if (resource === undefined || others.length > 0) {
    return { outcome: 'failed', reason: `${object} holds ${file.resources.length} objects, and not one` };
  }
  const known: (typeof file.resources)[number][] = [];
  for (const path of inventory) {
    const part = await readObjects(join(folder, path));
    if (part.outcome === 'broken') return { outcome: 'failed', reason: part.reason };
    known.push(...part.resources);
  }
  return judge(subject, resource, known);
}

function result(title: string, outcome: CaseResult['outcome'], reason: string): CaseResult {
  return { title, outcome, reason, messages: [] };
}
