import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { isMap, isSeq, parseDocument } from 'yaml';
import type { CaseResult } from '../../suite/gator/run.ts';

/** What the real gator says of one case, or of a test that got to no case. */
export interface Verdict {
  /** `<test> / <case>`, or `<test>`. */
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason: string;
}

/** Where ours and the real gator do not agree. */
export interface Difference {
  readonly title: string;
  readonly gator: string;
  readonly ours: string;
}

/** Runs `gator verify -v` on one suite. */
export async function verify(gator: string, suite: string): Promise<readonly Verdict[]> {
  const { stdout } = await promisify(execFile)(gator, ['verify', '-v', suite], { maxBuffer: 1 << 28 }).catch(
    // A suite that fails is an answer, too.
    (error: unknown) => error as { readonly stdout: string },
  );
  return parseVerdicts(stdout);
}

const outcomes: Readonly<Record<string, Verdict['outcome']>> = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' };

/** Reads what `gator verify -v` prints: cases are indented, and stand before the line of their test. */
export function parseVerdicts(output: string): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  let cases: Verdict[] = [];
  let last: { reason: string } | undefined;
  for (const line of output.split('\n')) {
    const [, indent, word = '', name = ''] = /^( {4})?--- (PASS|FAIL|SKIP): (.*?)(?:\t\(.*\))?$/.exec(line) ?? [];
    const outcome = outcomes[word];
    if (outcome === undefined) {
      const isElse = /^( {4})?=== RUN|^(?:ok|FAIL|PASS|SKIP)\b|^Error: /.test(line);
      if (last !== undefined && !isElse) last.reason = [last.reason, line].filter((part) => part !== '').join('\n');
      continue;
    }
    const verdict = { title: name, outcome, reason: '' };
    last = verdict;
    if (indent !== undefined) cases.push(verdict);
    else {
      // The test's own line stands after its cases.
      verdicts.push(
        ...(cases.length === 0 ? [verdict] : cases.map((one) => ({ ...one, title: `${name} / ${one.title}` }))),
      );
      cases = [];
    }
  }
  return verdicts;
}

/**
 * Compares the verdicts on one suite. A test that failed before its cases stands for all of them; what ours skips by name
 * (CEL, external data) is no difference.
 */
export function compareVerdicts(verdicts: readonly Verdict[], results: readonly CaseResult[]): readonly Difference[] {
  const known = new Map(verdicts.map((verdict) => [verdict.title, verdict.outcome]));
  return results.flatMap(({ title, outcome, reason }) => {
    const own = title.slice(title.indexOf(': ') + 2);
    const [test = ''] = own.split(' / ');
    const gator = known.get(own) ?? known.get(test) ?? 'nothing';
    const isUnsupported = /\[(?:CelTemplate|ExternalDataTemplate)\]/.test(reason);
    // gator says nothing of what a suite skips.
    const isSame = gator === outcome || (outcome === 'skipped' && (isUnsupported || gator === 'nothing'));
    return isSame ? [] : [{ title, gator, ours: outcome }];
  });
}

/** Compares the messages on one suite, of cases that were judged by both; where either could not judge, verdicts tell. */
export function compareMessages(
  theirs: ReadonlyMap<string, string>,
  results: readonly CaseResult[],
): readonly Difference[] {
  return results.flatMap(({ title, outcome, reason, messages }) => {
    const gator = theirs.get(title.slice(title.indexOf(': ') + 2));
    const isJudged =
      outcome !== 'skipped' && (messages.length > 0 || outcome === 'passed' || reason.startsWith('want '));
    if (gator === undefined || !isJudged || gator === printed(messages)) return [];
    return [{ title, gator, ours: printed(messages) }];
  });
}

/** What no message is like, so that gator fails each case and prints all messages. */
const impossible = [{ violations: 1_000_000, message: '^never$' }];

/** Messages of each case of a suite in the real gator, in one line as it prints them: `[one two]`. */
export async function messagesOf(gator: string, folder: string, suite: string): Promise<ReadonlyMap<string, string>> {
  const copy = await mkdtemp(join(tmpdir(), 'remora-gator-'));
  try {
    await cp(folder, copy, { recursive: true });
    const path = join(copy, relative(folder, suite));
    await writeFile(path, withImpossible(await readFile(path, 'utf8')));
    const verdicts = await verify(gator, path);
    return new Map(
      verdicts.flatMap(({ title, reason }) => {
        const [, messages] = /got messages (\[[^]*\])$/.exec(reason.trim()) ?? [];
        return messages === undefined ? [] : [[title, messages] as const];
      }),
    );
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function withImpossible(text: string): string {
  const document = parseDocument(text);
  const tests = document.get('tests');
  for (const test of isSeq(tests) ? tests.items : []) {
    const cases = isMap(test) ? test.get('cases') : undefined;
    for (const one of isSeq(cases) ? cases.items : []) {
      if (isMap(one)) one.set('assertions', document.createNode(impossible));
    }
  }
  return String(document);
}

/** As gator prints messages. */
function printed(messages: readonly string[]): string {
  return `[${messages.join(' ')}]`;
}
