import { isArray, RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { BuiltinError } from '../../types.ts';
import { draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { follow, isCanonical, nowhere, readReference, resolveReference, writeReference } from './reference.ts';
import type { Reference } from './reference.ts';

/** A schema and the draft that it says it follows. */
export interface PoolDocument {
  readonly document: Value;
  readonly draft: Draft | undefined;
}

/** Keywords whose values are no schemas but hold some under names of their own. */
const holders = new Set(['properties', 'dependencies', 'patternProperties']);

/** The schemas of one document, found by reference. Nothing is ever fetched. */
export class SchemaPool {
  readonly root: Value;
  readonly #documents = new Map<string, PoolDocument>();

  /** @throws BuiltinError when two schemas have one id. */
  constructor(document: Value) {
    const draft = draftOf(document);
    this.root = this.#resolve(document, nowhere, draft);
    this.#documents.set('', { document: this.root, draft });
  }

  /** @throws BuiltinError when nothing is there, or it is elsewhere. */
  get(reference: Reference): PoolDocument {
    const known = this.#documents.get(writeReference(reference));
    if (known !== undefined) return known;
    const whole = this.#documents.get(reference.base);
    if (whole !== undefined) {
      const found = { document: follow(whole.document, reference.fragment), draft: whole.draft };
      this.#documents.set(writeReference(reference), found);
      return found;
    }
    const text = writeReference(reference);
    if (!isCanonical(reference)) throw new BuiltinError(`Reference ${text} must be canonical`);
    throw new BuiltinError(`remote reference loading disabled: ${text}`);
  }

  /** Makes references absolute, each seen from the nearest id around it, and remembers what has an id. */
  #resolve(document: Value, around: Reference, draft: Draft | undefined): Value {
    if (isArray(document)) return document.map((element) => this.#resolve(element, around, draft));
    if (!(document instanceof RegoObject)) return document;
    const own = this.#ownReference(document, around);
    const here = own ?? around;
    const entries = document.entries.map(([key, value]) => [key, this.#resolveEntry(key, value, here, draft)] as const);
    const resolved = new RegoObject(entries);
    if (own !== undefined) this.#add(own, { document: resolved, draft });
    return resolved;
  }

  #resolveEntry(key: Value, value: Value, here: Reference, draft: Draft | undefined): Value {
    if (key === '$ref' && typeof value === 'string') return absolute(value, here);
    if (key === 'const' || key === 'enum') return value;
    if (typeof key === 'string' && holders.has(key)) {
      if (!(value instanceof RegoObject)) return value;
      return new RegoObject(value.entries.map(([name, schema]) => [name, this.#resolve(schema, here, draft)]));
    }
    return this.#resolve(value, here, draft);
  }

  /** An id that is no URL is found later, when the schema is parsed. */
  #ownReference(document: RegoObject, around: Reference): Reference | undefined {
    const id = document.get(document.get('id') === undefined ? '$id' : 'id');
    const reference = typeof id === 'string' ? tryRead(id) : undefined;
    return reference === undefined ? undefined : resolveReference(around, reference);
  }

  #add(reference: Reference, document: PoolDocument): void {
    const text = writeReference(reference);
    if (this.#documents.has(text)) throw new BuiltinError(`Reference already exists: "${text}"`);
    this.#documents.set(text, document);
  }
}

function absolute(text: string, here: Reference): string {
  const reference = tryRead(text);
  return reference === undefined ? text : writeReference(resolveReference(here, reference));
}

function tryRead(text: string): Reference | undefined {
  try {
    return readReference(text);
  } catch (error) {
    if (error instanceof BuiltinError) return undefined;
    throw error;
  }
}
