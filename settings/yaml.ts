import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';
import { nearestOf } from '../runtime/nearest.ts';
import { shown } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';

/** Key of a settings ConfigMap that holds the document. */
export const settingsFile = 'settings.yaml';

/** What a walk over a document carries: where lines begin, and what it found. */
export interface Walk {
  readonly lines: LineCounter;
  readonly problems: Problem[];
}

export function beginWalk(): Walk {
  return { lines: new LineCounter(), problems: [] };
}

/** Levels that a text may nest; far more than the four that settings need. */
const maxDepth = 64;

/** That many lists within lists on one line. */
const nestedDashes = new RegExp(`(?:[-?][ \\t]+){${maxDepth}}`);

/**
 * Where a text nests deeper than any settings, or closes what it never opened; undefined when it does neither.
 *
 * Counts brackets without reading quotes, which is right for every text that a person writes, and keeps texts away
 * from the library's composer that would have it recurse until the stack ends, for a second each.
 */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const character = text[offset];
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (Math.abs(depth) > maxDepth) return offset;
  }
  return nestedDashes.exec(text)?.index;
}

/** The one document of a text; undefined when its syntax is broken, or when there is nothing in it. */
export function readSyntax(text: string, walk: Walk): Document.Parsed | undefined {
  const deepAt = tooDeepAt(text);
  if (deepAt !== undefined) {
    const before = text.slice(0, deepAt).split('\n');
    const field = `${settingsFile}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    walk.problems.push(syntax(field, text.slice(deepAt, deepAt + 16), `at most ${maxDepth} levels`));
    return undefined;
  }
  // Keys are compared while walking: the library's own comparison is quadratic.
  const parsed = parseAllDocuments(text, { lineCounter: walk.lines, prettyErrors: false, uniqueKeys: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const [first, second] = documents;
  for (const { message, pos } of documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])) {
    walk.problems.push(syntax(positionOf(walk, pos[0]), message, 'YAML 1.2'));
  }
  if (second !== undefined) {
    const field = positionOf(walk, second.range[0]);
    walk.problems.push(syntax(field, `${documents.length} documents`, 'one document'));
  }
  return walk.problems.length > 0 ? undefined : first;
}

export type Pairs = readonly Pair[];

/** Reads a map's values as the texts that were written: `1.10` stays `1.10`. */
export function readTexts(
  pairs: Pairs,
  path: string,
  walk: Walk,
): readonly { readonly key: string; readonly text: string; readonly field: string }[] {
  return pairs.flatMap((pair) => {
    const key = keyOf(pair);
    const field = `${positionOf(walk, startOf(pair.key))} ${path}.${key}`;
    if (isScalar(pair.value) && pair.value.value !== null) {
      return [{ key, text: pair.value.source ?? '', field }];
    }
    const items = isSeq(pair.value) ? pair.value.items : [];
    const joined = items.length > 0 && items.every(isScalar) ? items.map(({ source }) => source).join(',') : undefined;
    walk.problems.push(shape(field, describeNode(pair.value), 'a text', joined));
    return [];
  });
}

/** Values of a map with the given keys, all required; undefined when it is no map. */
export function readMap(
  node: unknown,
  path: string,
  keys: readonly string[],
  walk: Walk,
): ReadonlyMap<string, unknown> | undefined {
  const pairs = asMap(node, path, walk);
  if (pairs === undefined) return undefined;
  for (const pair of pairs.filter((candidate) => !keys.includes(keyOf(candidate)))) {
    const key = keyOf(pair);
    const field = `${positionOf(walk, startOf(pair.key))} ${path}.${key}`;
    walk.problems.push(shape(field, key, `keys are ${keys.join(', ')}`, nearestOf(key, keys)));
  }
  const found = new Map(pairs.map((pair) => [keyOf(pair), pair.value]));
  for (const key of keys.filter((candidate) => !found.has(candidate))) {
    const field = `${positionOf(walk, startOf(node))} ${path}`;
    walk.problems.push(shape(field, 'nothing', `the key ${key} is required`));
    found.set(key, missing);
  }
  return found;
}

/** Stands for a value whose absence has been reported already. */
const missing = Symbol('missing');

/** Pairs of a map whose keys are texts, each once; undefined, with a problem, when it is no map. */
export function asMap(node: unknown, path: string, walk: Walk): readonly Pair[] | undefined {
  if (node === missing) return undefined;
  if (!isMap(node)) {
    wrongShape(node, path, 'a map', walk);
    return undefined;
  }
  return uniquePairs(node, path, walk);
}

function uniquePairs(map: YAMLMap, path: string, walk: Walk): readonly Pair[] {
  const seen = new Set<string>();
  return map.items.filter((pair) => {
    const field = `${positionOf(walk, startOf(pair.key))} ${path}`;
    if (!isScalar(pair.key)) {
      walk.problems.push(shape(field, describeNode(pair.key), 'a key that is a text'));
      return false;
    }
    const key = keyOf(pair);
    if (seen.has(key)) walk.problems.push(syntax(`${field}.${key}`, key, 'each key once'));
    seen.add(key);
    return true;
  });
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? (pair.key.source ?? '') : '';
}

export function wrongShape(node: unknown, path: string, allowed: string, walk: Walk): void {
  const field = [positionOf(walk, startOf(node)), path].filter((part) => part !== '').join(' ');
  walk.problems.push(shape(field, describeNode(node), allowed));
}

/** Says what stands there. An alias is not followed: few bytes of aliases can stand for gigabytes. */
function describeNode(node: unknown): string {
  if (isAlias(node)) return `an alias (*${node.source})`;
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  return isScalar(node) && node.value !== null ? (node.source ?? '') : 'nothing';
}

function startOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Writes a position as compilers do: `settings.yaml:3:5`. */
function positionOf(walk: Walk, offset: number): string {
  const { line, col } = walk.lines.linePos(offset);
  return `${settingsFile}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
}

function syntax(field: string, value: string, allowed: string): Problem {
  return { code: 'SettingsSyntax', field, value: shown(value), allowed };
}

export function shape(field: string, value: string, allowed: string, nearest?: string): Problem {
  const problem = { code: 'SettingsShape', field, value: shown(value), allowed };
  return nearest === undefined ? problem : { ...problem, nearest };
}
