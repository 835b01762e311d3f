import { nearestOf } from '../../../../runtime/nearest.ts';
import { isRecord, ownValue } from '../../field.ts';
import type { Field } from '../../field.ts';
import type { Schema } from './types.ts';

/**
 * Reports the keys of a value that its schema does not know, which an API server would prune (structural schema pruning).
 * Schemas within `allOf` and the like make no key known.
 */
export function refuseUnknownKeys(schema: Schema, field: Field): void {
  if (Array.isArray(field.value)) {
    if (schema.items !== undefined) for (const item of field.items()) refuseUnknownKeys(schema.items, item);
    return;
  }
  if (!isRecord(field.value)) return;
  for (const [key, part] of field.entries()) {
    const known = schemaOf(schema, key);
    if (known !== undefined) refuseUnknownKeys(known, part);
    else if (!schema.keepsUnknown) {
      const keys = Object.keys(schema.properties);
      part.refuseAs(key, keys.length === 0 ? 'no key' : `keys are ${keys.join(', ')}`, nearestOf(key, keys));
    }
  }
}

/** The schema of an object's key. */
export function schemaOf(schema: Schema, key: string): Schema | undefined {
  const property = ownValue(schema.properties, key);
  if (property !== undefined) return property as Schema;
  return typeof schema.additional === 'object' ? schema.additional : undefined;
}
