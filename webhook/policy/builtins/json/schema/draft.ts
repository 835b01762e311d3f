import { RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { BuiltinError } from '../../types.ts';
import { readReference, writeReference } from './reference.ts';

/** Drafts of JSON Schema. Without `$schema`, or with one that is not known, a schema may use what any of them has. */
export type Draft = 4 | 6 | 7 | 'hybrid';

const drafts: ReadonlyMap<string, Draft> = new Map([
  ['http://json-schema.org/draft-04/schema', 4],
  ['http://json-schema.org/draft-06/schema', 6],
  ['http://json-schema.org/draft-07/schema', 7],
]);

/** The draft that a schema says it follows. */
export function draftOf(schema: Value): Draft | undefined {
  if (typeof schema === 'boolean') return undefined;
  if (!(schema instanceof RegoObject)) throw new BuiltinError('schema is invalid');
  const named = schema.get('$schema');
  if (named === undefined) return undefined;
  if (typeof named !== 'string') throw new BuiltinError('$schema must be of type string');
  return drafts.get(writeReference(readReference(named)));
}

/** Whether a draft has what came with the given one. */
export function isAtLeast(draft: Draft, least: 6 | 7): boolean {
  return draft === 'hybrid' || draft >= least;
}
