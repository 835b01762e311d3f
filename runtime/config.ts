import { parseDocument } from 'yaml';
import { parseDuration } from './duration.ts';
import { nearestOf } from './nearest.ts';
import { shown } from './problem.ts';
import type { Parsed, Problem } from './problem.ts';

/**
 * Reader of one value in a configuration file: gives the typed value, or adds problems and gives undefined.
 *
 * `fallback` makes a key optional: it is the value when the key is absent.
 */
export interface Field<T> {
  /** What may be written, in one line. */
  readonly allowed: string;
  readonly fallback?: { readonly value: T };
  read(value: unknown, field: string, problems: Problem[]): T | undefined;
}

/** The type that a field reads. */
export type ValueOf<F> = F extends Field<infer T> ? T : never;

function wrong(field: string, value: unknown, allowed: string, nearest?: string): Problem {
  const problem = { code: 'InvalidConfiguration', field, value: shown(value), allowed };
  return nearest === undefined ? problem : { ...problem, nearest };
}

/** A field from a reader that returns undefined for what it does not accept. */
function scalar<T>(allowed: string, accept: (value: unknown) => T | undefined): Field<T> {
  return {
    allowed,
    read: (value, field, problems) => {
      const accepted = accept(value);
      if (accepted === undefined) problems.push(wrong(field, value, allowed));
      return accepted;
    },
  };
}

/** Text, as long as `pattern` wants. */
export function text(allowed = 'text', pattern = /[^]/): Field<string> {
  return scalar(allowed, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined));
}

export const flag: Field<boolean> = scalar('true or false', (value) =>
  typeof value === 'boolean' ? value : undefined,
);

/** A number within [min, max]. */
export function number(min: number, max: number): Field<number> {
  return scalar(`a number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && value >= min && value <= max ? value : undefined,
  );
}

/** A whole number within [min, max]. */
export function integer(min: number, max: number): Field<number> {
  return scalar(`a whole number from ${min} to ${max}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  );
}

/** A duration within [min, max], all written like Go's; read as milliseconds. */
export function duration(min: string, max: string): Field<number> {
  const [minMs, maxMs] = [parseDuration(min) ?? 0, parseDuration(max) ?? Infinity];
  return scalar(`a duration from ${min} to ${max}, such as 90s or 24h`, (value) => {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
  });
}

/** One of the named words. */
export function choice<const T extends string>(words: readonly T[]): Field<T> {
  const allowed = `one of ${words.join(', ')}`;
  return {
    allowed,
    read: (value, field, problems) => {
      const word = words.find((candidate) => candidate === value);
      const nearest = typeof value === 'string' ? nearestOf(value, words) : undefined;
      if (word === undefined) problems.push(wrong(field, value, allowed, nearest));
      return word;
    },
  };
}

/** A list whose every item is read by `item`. */
export function list<T>(item: Field<T>): Field<readonly T[]> {
  const allowed = `a list; each item ${item.allowed}`;
  return {
    allowed,
    read: (value, field, problems) => {
      if (!Array.isArray(value)) {
        problems.push(wrong(field, value, allowed));
        return undefined;
      }
      const items = value.map((entry: unknown, index) => item.read(entry, `${field}[${index}]`, problems));
      return items.filter((entry) => entry !== undefined);
    },
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A map from any name to what `item` reads. */
export function record<T>(item: Field<T>): Field<Readonly<Record<string, T>>> {
  const allowed = `a map; each value ${item.allowed}`;
  return {
    allowed,
    read: (value, field, problems) => {
      if (!isMap(value)) {
        problems.push(wrong(field, value, allowed));
        return undefined;
      }
      const entries = Object.entries(value).map(
        ([name, entry]) => [name, item.read(entry, `${field}.${name}`, problems)] as const,
      );
      return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined));
    },
  };
}

/** Makes a field optional: its value when the key is absent. */
export function withDefault<T>(field: Field<T>, value: T): Field<T> {
  return { ...field, fallback: { value } };
}

/** Makes a field optional: undefined when the key is absent. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, fallback: { value: undefined } };
}

type Sections = Readonly<Record<string, Field<unknown>>>;

/** A map with exactly the named keys; an unknown key is a problem that names the nearest one. */
export function section<const S extends Sections>(fields: S): Field<{ readonly [K in keyof S]: ValueOf<S[K]> }> {
  const names = Object.keys(fields);
  const allowed = `a map with the keys ${names.join(', ')}`;
  return {
    allowed,
    read: (value, path, problems) => {
      const given = value ?? {};
      if (!isMap(given)) {
        problems.push(wrong(path, value, allowed));
        return undefined;
      }
      const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
      for (const name of Object.keys(given)) {
        if (!Object.hasOwn(fields, name)) {
          const known = `unknown key; known are ${names.join(', ')}`;
          problems.push(wrong(at(name), given[name], known, nearestOf(name, names)));
        }
      }
      const before = problems.length;
      const entries = Object.entries(fields).map(([name, field]) => {
        const written = given[name];
        if (written !== undefined && written !== null) return [name, field.read(written, at(name), problems)];
        if (field.fallback === undefined) problems.push(wrong(at(name), '', `required: ${field.allowed}`));
        return [name, field.fallback?.value];
      });
      // Every key was read by its own field, so the entries have the section's type when no problem was added.
      return problems.length > before ? undefined : (Object.fromEntries(entries) as { [K in keyof S]: ValueOf<S[K]> });
    },
  };
}

/** Parses a YAML text (YAML 1.2, as Helm writes it) by `field`; reports every problem at once. */
export function parseYamlConfig<T>(source: string, field: Field<T>): Parsed<T> {
  const document = parseDocument(source, { prettyErrors: true, uniqueKeys: true });
  const problems: Problem[] = document.errors.map((error) => ({
    code: 'InvalidConfiguration',
    field: `line ${error.linePos?.[0].line ?? 1}, column ${error.linePos?.[0].col ?? 1}`,
    value: shown(error.message),
    allowed: 'YAML',
  }));
  if (problems.length > 0) return { outcome: 'refused', problems };
  const value = field.read(document.toJS({ maxAliasCount: 0 }) as unknown, '', problems);
  return problems.length > 0 || value === undefined ? { outcome: 'refused', problems } : { outcome: 'parsed', value };
}
