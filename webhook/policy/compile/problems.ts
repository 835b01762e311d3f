import { nearestOf } from '../../../runtime/nearest.ts';
import type { Problem } from '../../../runtime/problem.ts';
import { shown } from '../../../runtime/problem.ts';
import type { RegoFile, RegoProblem } from '../types.ts';

/** What is known about the names of built-ins when an error of OPA is explained. */
export interface BuiltinNames {
  /** Names that a policy may call. */
  readonly allowed: readonly string[];
  /** Names that it may not call, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

/** Problems that one compilation reports; more help nobody, and a hostile text has thousands. */
const maxProblems = 50;
const sourceLength = 200;

/**
 * Reads the errors that `opa check`, `opa parse` and `opa eval` print as JSON: `{errors: [{message, code, location:
 * {file, row, col}}]}`; undefined when the text is nothing of the kind.
 */
export function readErrors(
  printed: string,
  files: readonly RegoFile[],
  names: BuiltinNames,
): readonly RegoProblem[] | undefined {
  const errors = errorsOf(printed);
  if (errors === undefined || errors.length === 0) return undefined;
  const problems = errors.map((error) => {
    const location = field(error, 'location');
    const place = {
      file: text(field(location, 'file')),
      line: number(field(location, 'row')),
      column: number(field(location, 'col')),
    };
    const code = text(field(error, 'code'));
    const message = text(field(error, 'message'));
    return explained({ ...place, message: code === '' ? message : `${code}: ${message}` }, files, names);
  });
  return unique(problems).slice(0, maxProblems);
}

/**
 * Reads the errors that `opa build` and `opa test` print as text, `p.rego:3: rego_type_error: …`, which name no column.
 * What has no place is one problem of the policy as a whole, so there is always at least one.
 */
export function readPrintedErrors(
  printed: string,
  files: readonly RegoFile[],
  names: BuiltinNames,
): readonly RegoProblem[] {
  const placed = [...printed.matchAll(/(?:^|: |\s)([-._A-Za-z0-9]+\.rego):(\d+): (rego_\w+: .*)$/gm)].map(
    ([, file = '', line = '0', message = '']) =>
      explained({ file: file.replace(/^.*\//, ''), line: Number(line), column: 0, message }, files, names),
  );
  if (placed.length > 0) return unique(placed).slice(0, maxProblems);
  const message = printed.trim().replace(/^error: (?:\d+ errors? occurred: )?/, '');
  return [explained({ file: '', line: 0, column: 0, message: message.slice(0, 500) }, files, names)];
}

type Placed = Pick<RegoProblem, 'file' | 'line' | 'column' | 'message'>;

function explained(placed: Placed, files: readonly RegoFile[], names: BuiltinNames): RegoProblem {
  const source = lineOf(files, placed.file, placed.line);
  const [, called] = /undefined function (\S+)$/.exec(placed.message) ?? [];
  if (called === undefined) return { code: 'InvalidRego', ...placed, source };
  const reason = Object.hasOwn(names.refused, called) ? names.refused[called] : undefined;
  if (reason !== undefined) {
    return {
      code: 'ForbiddenBuiltin',
      ...placed,
      message: `${placed.message}: a policy may not call it: ${reason}`,
      source,
    };
  }
  const nearest = nearestOf(called, names.allowed);
  const message = nearest === undefined ? placed.message : `${placed.message}; did you mean ${nearest}?`;
  return { code: 'InvalidRego', ...placed, message, source };
}

/** The line of a file, counted from 1; '' when there is none. */
export function lineOf(files: readonly RegoFile[], name: string, line: number): string {
  const file = files.find((candidate) => candidate.name === name);
  if (file === undefined || line < 1) return '';
  const written = file.text.split(/\r?\n/, line)[line - 1] ?? '';
  return written.length > sourceLength ? `${written.slice(0, sourceLength - 1)}…` : written;
}

/** OPA says some things twice: once for the scanner and once for the parser. */
function unique(problems: readonly RegoProblem[]): readonly RegoProblem[] {
  return [
    ...new Map(
      problems.map((problem) => [
        JSON.stringify([problem.file, problem.line, problem.column, problem.message]),
        problem,
      ]),
    ).values(),
  ];
}

function errorsOf(printed: string): readonly unknown[] | undefined {
  try {
    const errors = field(JSON.parse(printed), 'errors');
    return Array.isArray(errors) ? errors : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/**
 * A mistake in Rego beside those of the rest of the ConfigMap: the field is the place as compilers write it
 * (`owner.rego:3:5`), the value the offending line, and what OPA says stands for what is allowed.
 */
export function asProblem({ code, file, line, column, message, source }: RegoProblem): Problem {
  const place = [file === '' ? 'the policy' : file, ...(line > 0 ? [line, ...(column > 0 ? [column] : [])] : [])];
  return { code, field: place.join(':'), value: shown(source.trim()), allowed: shownMessage(message) };
}

/** OPA marks places in lines of their own, which one line cannot show. */
function shownMessage(message: string): string {
  return message
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, 500);
}
