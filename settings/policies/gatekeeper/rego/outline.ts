import { readTokens } from './tokens.ts';
import type { Token } from './tokens.ts';

/** Where something stands in a Rego text; both count from 1. */
export interface RegoPosition {
  readonly line: number;
  readonly column: number;
}

/** A reference that begins with a name: `data.lib.images`. Parts that are not fixed (`data[x]`) end it. */
export interface Reference extends RegoPosition {
  readonly path: readonly string[];
}

/** What a Rego text has, seen without parsing it. */
export interface RegoOutline {
  readonly package: (Reference & { readonly start: number; readonly end: number }) | undefined;
  readonly imports: readonly Reference[];
  /** Names of its rules and functions. */
  readonly rules: ReadonlySet<string>;
  /** References below `data`, but for imports. */
  readonly dataReferences: readonly Reference[];
  /** Calls of functions, by their full names: `external_data`, `time.now_ns`. */
  readonly calls: ReadonlyMap<string, RegoPosition>;
}

/** Outlines one Rego file. */
export function outlineRego(text: string): RegoOutline {
  const tokens = readTokens(text);
  const rules = new Set<string>();
  const imports: Reference[] = [];
  const dataReferences: Reference[] = [];
  const calls = new Map<string, RegoPosition>();
  let found: RegoOutline['package'];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== 'name' || isPart(tokens, at)) continue;
    const before = tokens[at - 1];
    const beginsLine = token.depth === 0 && (before?.line !== token.line || before.text === '}');
    if (beginsLine && (token.text === 'package' || token.text === 'import')) {
      const { reference, next } = readReference(tokens, at + 1);
      if (reference !== undefined) {
        if (token.text === 'import') imports.push(reference);
        else found ??= { ...reference, ...spanOf(tokens, at + 1, next) };
      }
      at = Math.max(at, next - 1);
      continue;
    }
    if (beginsLine) rules.add(token.text === 'default' ? (tokens[at + 1]?.text ?? '') : token.text);
    const { reference, next } = readReference(tokens, at);
    if (reference === undefined) continue;
    if (token.text === 'data') dataReferences.push(reference);
    if (tokens[next]?.text === '(' && isJoined(tokens, next)) calls.set(reference.path.join('.'), reference);
  }
  return { package: found, imports, rules, dataReferences, calls };
}

/** Whether a name is a part of a reference that began before: `data` of `input.data`. */
function isPart(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before?.kind === 'sign' && before.text === '.' && isJoined(tokens, at);
}

function isJoined(tokens: readonly Token[], at: number): boolean {
  return tokens[at - 1]?.end === tokens[at]?.start;
}

/** Reads `a.b["c"]` from a name on; `next` is the first token after its fixed parts. */
function readReference(
  tokens: readonly Token[],
  at: number,
): { readonly reference: Reference | undefined; readonly next: number } {
  const first = tokens[at];
  if (first?.kind !== 'name') return { reference: undefined, next: at };
  const path = [first.text];
  let next = at + 1;
  while (isJoined(tokens, next)) {
    const [sign, part, close] = tokens.slice(next, next + 3);
    if (sign?.text === '.' && part?.kind === 'name') {
      path.push(part.text);
      next += 2;
    } else if (sign?.text === '[' && sign.kind === 'sign' && part?.kind === 'string' && close?.text === ']') {
      path.push(part.text);
      next += 3;
    } else break;
  }
  return { reference: { path, line: first.line, column: first.column }, next };
}

function spanOf(tokens: readonly Token[], from: number, to: number): { readonly start: number; readonly end: number } {
  return { start: tokens[from]?.start ?? 0, end: tokens[to - 1]?.end ?? 0 };
}
