import { nearestOf } from '../../runtime/nearest.ts';
import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';

/** Keys and indexes from the top of a document. */
export type Path = readonly (string | number)[];

/** Where the problems of a document go, under which code, and how its fields are named in them. */
export interface Report {
  readonly code: string;
  readonly problems: Problem[];
  /** Names a field as its author would find it: `policy.yaml:12:5 spec.match`. */
  readonly locate: (path: Path) => string;
}

/**
 * One value of a document that a person wrote: JSON of unknown shape. Each reader gives the value in the type that it
 * should have, or reports what stands there instead and gives the empty value, so that one pass finds every problem.
 */
export class Field {
  readonly value: unknown;
  readonly path: Path;
  readonly report: Report;

  constructor(value: unknown, path: Path, report: Report) {
    this.value = value;
    this.path = path;
    this.report = report;
  }

  /** YAML's empty value and an absent key are one: nothing was written. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The value of a key; absent when this is no object. */
  at(key: string): Field {
    return new Field(isRecord(this.value) ? ownValue(this.value, key) : undefined, [...this.path, key], this.report);
  }

  /** The same value, whose problems have another code. */
  coded(code: string): Field {
    return new Field(this.value, this.path, { ...this.report, code });
  }

  /** An object's entries; none when it is absent. Keys beside `known` are reported. */
  entries(known?: readonly string[]): readonly (readonly [key: string, field: Field])[] {
    if (this.isAbsent) return [];
    if (!isRecord(this.value)) {
      this.refuse('a map');
      return [];
    }
    if (known !== undefined) this.refuseKeysBeside(known);
    return Object.keys(this.value).map((key) => [key, this.at(key)] as const);
  }

  /** Reports the keys of an object that are not `known`; nothing of what is no object. */
  refuseKeysBeside(known: readonly string[], allowed = `keys are ${known.join(', ')}`): void {
    const keys = isRecord(this.value) ? Object.keys(this.value) : [];
    for (const key of keys.filter((candidate) => !known.includes(candidate))) {
      this.at(key).refuseAs(key, allowed, nearestOf(key, known));
    }
  }

  /** Items of a list; none when it is absent. */
  items(): readonly Field[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) {
      this.refuse('a list');
      return [];
    }
    return this.value.map((item: unknown, at) => new Field(item, [...this.path, at], this.report));
  }

  /** A text; '' when it is absent, which is reported only when it is `required`. */
  text(presence: 'required' | 'optional' = 'optional'): string {
    if (typeof this.value === 'string' && (this.value !== '' || presence === 'optional')) return this.value;
    if (!this.isAbsent || presence === 'required') this.refuse('a text');
    return '';
  }

  texts(): readonly string[] {
    return this.items().map((item) => {
      if (item.isAbsent) item.refuse('a text');
      return item.text();
    });
  }

  /** A map from keys to texts. */
  textsByKey(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.entries().map(([key, field]) => {
        if (field.isAbsent) field.refuse('a text');
        return [key, field.text()] as const;
      }),
    );
  }

  flag(): boolean | undefined {
    if (typeof this.value === 'boolean') return this.value;
    if (!this.isAbsent) this.refuse('true or false');
    return undefined;
  }

  /** One of the words; undefined when it is absent, or another (which is reported). */
  oneOf<const W extends string>(words: readonly W[]): W | undefined {
    if (this.isAbsent) return undefined;
    const word = words.find((candidate) => candidate === this.value);
    if (word === undefined) {
      const nearest = typeof this.value === 'string' ? nearestOf(this.value, words) : undefined;
      this.refuse(`one of ${words.map((candidate) => (candidate === '' ? '""' : candidate)).join(', ')}`, nearest);
    }
    return word;
  }

  /** Reports that what stands here is not what may stand here. */
  refuse(allowed: string, nearest?: string): void {
    this.refuseAs(this.isAbsent ? 'nothing' : describe(this.value), allowed, nearest);
  }

  /** Reports a problem of this field about another value than its own: a key, or a part of a text. */
  refuseAs(value: string, allowed: string, nearest?: string): void {
    const { code, problems, locate } = this.report;
    const problem = { code, field: locate(this.path), value: shown(value), allowed };
    problems.push(nearest === undefined ? problem : { ...problem, nearest });
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an object itself holds: documents may have keys such as `constructor`. */
export function ownValue(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Writes a path as Kubernetes does: `spec.match.kinds[0].apiGroups`, `metadata.annotations[a.b/c]`. */
export function writePath(path: Path): string {
  return path
    .map((part, at) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${part}]`;
      return at === 0 ? part : `.${part}`;
    })
    .join('');
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
}
