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
  test(text: string): boolean;
  /** Matches from left to right as Go's `FindAll` has them: no empty one right after another match. */
  findAll(text: string, limit?: number): readonly Match[];
}

/**
 * Compiles a pattern once per query: policies match many strings by one pattern.
 *
 * @throws BuiltinError for a pattern that Go does not take.
 */
export function compilePattern(source: string, { cache }: BuiltinContext): Pattern {
  const key = `regex:${source}`;
  const known = cache.get(key) as Pattern | undefined;
  if (known !== undefined) return known;
  const pattern = compile(source);
  cache.set(key, pattern);
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
