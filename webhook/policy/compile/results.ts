import type { RegoFile, RegoProblem } from '../types.ts';
import { lineOf } from './problems.ts';

/** What of one result of `opa test -f json` is read. */
interface Result {
  readonly location: { readonly file: string; readonly row: number; readonly col: number };
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
  /** Base64 of what `print` wrote. */
  readonly output?: string;
}

export interface TestResults {
  readonly count: number;
  readonly problems: readonly RegoProblem[];
}

/**
 * Reads what `opa test -f json` prints: every failed test with its place, and what it printed. Undefined when the text is
 * nothing of the kind. OPA's order varies; ours is by file and line.
 */
export function readResults(printed: string, files: readonly RegoFile[]): TestResults | undefined {
  const results = resultsOf(printed);
  if (results === undefined) return undefined;
  const failed = results
    .filter(({ fail, error }) => fail === true || error !== undefined)
    .sort((a, b) =>
      a.location.file < b.location.file ? -1 : a.location.file > b.location.file ? 1 : a.location.row - b.location.row,
    );
  return { count: results.length, problems: failed.map((result) => problemOf(result, files)) };
}

function resultsOf(printed: string): readonly Result[] | undefined {
  try {
    const results: unknown = JSON.parse(printed);
    // What OPA prints when there is no test.
    if (results === null) return [];
    return Array.isArray(results) ? (results as readonly Result[]) : undefined;
  } catch {
    return undefined;
  }
}

const printedLength = 200;

function problemOf({ location, package: of, name, error, output }: Result, files: readonly RegoFile[]): RegoProblem {
  const test = `${of.replace(/^data\./, '')}.${name}`;
  const what =
    error === undefined
      ? `${test} failed`
      : /cancel/.test(error.code)
        ? `${test} did not end in time`
        : `${test} failed: ${error.code}: ${error.message}`;
  const said = output === undefined ? '' : Buffer.from(output, 'base64').toString('utf8').trim();
  const message = said === '' ? what : `${what}; it printed: ${said.slice(0, printedLength)}`;
  const { file, row: line, col: column } = location;
  return { code: 'RegoTestFailed', file, line, column, message, source: lineOf(files, file, line) };
}
