import { RE2JS, RE2JSException } from 're2js';
import type { BuiltinContext } from '../types.ts';
import { BuiltinError } from '../types.ts';
import { renameGroups } from './names.ts';

/** Where a pattern matched: start and end of the match, then of each group; -1 for groups that took no part. */
export type Match = readonly number[];

/** A compiled pattern of Go's syntax (RE2), matched in time that grows with the text alone. */
export interface Pattern {
  /** The numbers of the groups of each name. */
  readonly names: ReadonlyMap<string, readonly number[]>;
  /** Instructions that it compiled to. */
  readonly size: number;
  test(text: string): boolean;
  /** Matches from left to right as Go's `FindAll` has them: no empty one right after another match. */
  findAll(text: string, limit?: number): readonly Match[];
}

/** Patterns that are kept for later queries, as many as OPA keeps. Those of a policy are few; others come from requests. */
const maxKept = 100;

/** Instructions of a pattern that is kept: who writes `(a{1000}){…}` must not be able to fill the memory. */
const maxKeptSize = 500;

/**
 * Compiles a pattern once: policies match many strings by one pattern, and to compile it takes a hundred times as long as to
 * match.
 *
 * @throws BuiltinError for a pattern that Go does not take.
 */
export function compilePattern(source: string, { cache, patterns }: BuiltinContext): Pattern {
  const key = `regex:${source}`;
  const known = (patterns?.get(key) ?? cache.get(key)) as Pattern | undefined;
  if (known !== undefined) return known;
  const pattern = compile(source);
  if (patterns === undefined || pattern.size > maxKeptSize) {
    cache.set(key, pattern);
    return pattern;
  }
  const [oldest = ''] = patterns.keys();
  if (patterns.size >= maxKept) patterns.delete(oldest);
  patterns.set(key, pattern);
  return pattern;
}

function compile(source: string): Pattern {
  const { source: unique, originals } = renameGroups(source);
  const hasDuplicates = new Set(originals.values()).size < originals.size;
  const compiled = parse(hasDuplicates ? unique : source);
  const names = new Map<string, readonly number[]>();
  for (const [name, group] of Object.entries(compiled.namedGroups())) {
    const original = (hasDuplicates ? originals.get(name) : undefined) ?? name;
    names.set(original, [...(names.get(original) ?? []), group]);
  }
  const re2 = compiled.re2();
  return {
    names,
    size: compiled.programSize(),
    test: (text) => compiled.test(text),
    findAll: (text, limit = -1) =>
      limit === 0 ? [] : ((re2.findAllSubmatchIndex(text, limit) as readonly Match[] | null) ?? []),
  };
}

function parse(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}
