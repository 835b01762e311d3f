import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, ScalarTag } from 'yaml';
import { shown } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import { writePath } from '../field.ts';
import type { Path } from '../field.ts';
import { findExcess } from './guard.ts';

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One document of a YAML file as JSON, in which whole numbers that a double does not hold are bigints. */
export interface YamlDocument {
  readonly value: unknown;
  /** Where a value stands, or as much of its path as is there. */
  readonly placeOf: (path: Path) => Place;
  /** Names a field: `policy.yaml:12:5 spec.match`. */
  readonly locate: (path: Path) => string;
  /** Where the text of a literal block (`|`) begins, so that its own lines can be found in the file. */
  readonly blockAt: (path: Path) => Place | undefined;
}

export interface YamlFile {
  /** Those that are not empty. */
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
}

/** Whole numbers as Kubernetes' own tools read them besides YAML 1.2's: `0644` is octal, `1_000` has a gap. */
const wholeNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0[0-7_]+|0b[01_]+|[0-9][0-9_]*)$/,
  resolve: (text) => {
    const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
    const isOctal = /^0[0-7]+$/.test(digits);
    const magnitude = BigInt(isOctal ? `0o${digits}` : digits);
    return text.startsWith('-') ? -magnitude : magnitude;
  },
};

const options = { uniqueKeys: false, merge: true, intAsBigInt: true, prettyErrors: false } as const;

/** Nodes that aliases may stand for in one document; few bytes of aliases could stand for gigabytes. */
const maxAliasCount = 1_000;

/**
 * Reads the documents of a YAML file as Gatekeeper's users write them: YAML 1.2 with `<<`, `0644`, and several documents.
 * Everything that YAML refuses is reported under `code`, and so is a key that stands twice. `on` and `yes` are texts.
 * `firstLine` is where the text begins in its file.
 */
export function readYaml(file: string, text: string, code: string, firstLine = 1): YamlFile {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1) + firstLine - 1, column: Math.max(col, 1) };
  };
  const locate = ({ line, column }: Place): string => `${file}:${line}:${column}`;
  const excess = findExcess(text);
  if (excess !== undefined) {
    const before = text.slice(0, excess.offset).split('\n');
    const at = { line: before.length + firstLine - 1, column: (before.at(-1)?.length ?? 0) + 1 };
    const value = shown(text.slice(excess.offset, excess.offset + 16));
    return { documents: [], problems: [{ code, field: locate(at), value, allowed: excess.allowed }] };
  }
  const parsed = parseAllDocuments(text, {
    ...options,
    lineCounter: lines,
    customTags: (tags) => [wholeNumber, ...tags],
  });
  const problems: Problem[] = [];
  const documents = ('empty' in parsed ? [] : parsed).flatMap((document) => {
    const found = [
      ...[...document.errors, ...document.warnings].map(({ message, pos }) => ({ offset: pos[0], value: message })),
      ...repeatedKeys(document.contents),
    ];
    for (const { offset, value } of found) {
      problems.push({ code, field: locate(place(offset)), value: shown(value), allowed: 'YAML 1.2, each key once' });
    }
    if (found.length > 0 || document.contents === null) return [];
    const value = valueOf(document);
    if (value === undefined) {
      const allowed = `aliases that stand for at most ${maxAliasCount} values`;
      problems.push({ code, field: locate(place(document.range[0])), value: 'aliases', allowed });
      return [];
    }
    if (value.json === null) return [];
    const placeOf = (path: Path): Place => place(offsetOf(document, path));
    return [
      {
        value: value.json,
        placeOf,
        locate: (path: Path) => [locate(placeOf(path)), writePath(path)].filter((part) => part !== '').join(' '),
        blockAt: (path: Path) => blockAt(document, path, place, text),
      },
    ];
  });
  return { documents, problems };
}

function valueOf(document: Document.Parsed): { readonly json: unknown } | undefined {
  try {
    return { json: narrowed(document.toJS({ maxAliasCount })) };
  } catch (error) {
    // The library's way to say that there are too many aliases, or one to nothing.
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Whole numbers that a double holds become one. */
function narrowed(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(narrowed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, narrowed(item)]));
}

interface Found {
  readonly offset: number;
  readonly value: string;
}

function repeatedKeys(node: unknown): readonly Found[] {
  if (isSeq(node)) return node.items.flatMap(repeatedKeys);
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const below = repeatedKeys(value);
    const offset = rangeOf(key)?.[0] ?? 0;
    if (!isScalar(key)) return [{ offset, value: 'a key that is no text' }, ...below];
    const name = String(key.value);
    if (seen.has(name) && name !== '<<') return [{ offset, value: name }, ...below];
    seen.add(name);
    return below;
  });
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) return node.range ?? undefined;
  return undefined;
}

/** Where the deepest part of a path that is there begins: its key, or the item itself. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents;
  let offset = rangeOf(node)?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      offset = rangeOf(pair.key)?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = rangeOf(node)?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function blockAt(
  document: Document.Parsed,
  path: Path,
  place: (offset: number) => Place,
  text: string,
): Place | undefined {
  const node = document.getIn(path, true);
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || node.range == null) return undefined;
  const { line } = place(node.range[0]);
  const rows = text.slice(node.range[0], node.range[1]).split('\n').slice(1);
  const indents = rows.filter((row) => row.trim() !== '').map((row) => row.length - row.trimStart().length);
  return { line: line + 1, column: Math.min(...indents, Infinity) === Infinity ? 1 : Math.min(...indents) + 1 };
}
