/**
 * One mistake in something a person wrote: an annotation, a ConfigMap, an environment variable, a file.
 *
 * Parsers collect problems and return all of them at once; they never throw for bad input.
 */
export interface Problem {
  /** Stable reason code, one heading in docs/errors.md. */
  readonly code: string;
  /** Where the value stands, as its author would name it: `metadata.annotations[remora.dev/telemetry]`. */
  readonly field: string;
  /** What was written, cut to 120 characters. Never a secret. */
  readonly value: string;
  /** What may be written there, in one line. */
  readonly allowed: string;
  /** The nearest valid spelling, when one is near enough to suggest. */
  readonly nearest?: string;
}

/** Outcome of parsing what a person wrote: a typed value, or every problem found. */
export type Parsed<T> =
  | { readonly outcome: 'parsed'; readonly value: T }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

const shownLength = 120;
/** A path to a key of Kubernetes: 253 characters of prefix, 63 of name, and where it stands. */
const shownFieldLength = 400;

/** Cuts a value that goes into a message to `maxLength` characters, and removes what would break the line it stands in. */
export function shown(value: unknown, maxLength = shownLength): string {
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? String(value));
  return lineOf(text, maxLength);
}

/** The same of the place of a problem: keys are written by strangers too, and not validated before admission. */
export function shownField(field: string): string {
  return lineOf(field, shownFieldLength);
}

/** Control characters drop an admission warning as a whole (RFC 7234 section 5.5 as Kubernetes reads it). */
function lineOf(text: string, length: number): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** What is wrong with a value, without the field, for readers that show the field by themselves. */
export function describeFault(problem: Problem): string {
  const nearest = problem.nearest === undefined ? '' : ` Did you mean "${problem.nearest}"?`;
  return `"${problem.value}" is not valid: ${problem.allowed}.${nearest} [${problem.code}]`;
}

/** Writes a problem as one line: field, value, what is allowed, nearest spelling, and its code. */
export function describeProblem(problem: Problem): string {
  return `${shownField(problem.field)}: ${describeFault(problem)}`;
}
