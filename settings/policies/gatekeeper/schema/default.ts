import { isRecord, ownValue } from '../../field.ts';
import type { Schema } from './types.ts';
import { schemaOf } from './unknown.ts';

/**
 * Fills in the defaults of a schema, as an API server does: a key that is absent, and one that is null where null may not
 * be, gets its default; below what is absent and has no default nothing is made.
 */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item: unknown) => withDefaults(items, item));
  }
  if (!isRecord(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [key, part] of Object.entries(schema.properties)) {
    const written = ownValue(value, key);
    const isMissing = written === undefined || (written === null && !part.isNullable);
    if (isMissing && part.default !== undefined) filled[key] = part.default.value;
  }
  return Object.fromEntries(
    Object.entries(filled).map(([key, part]) => {
      const known = schemaOf(schema, key);
      return [key, known === undefined ? part : withDefaults(known, part)] as const;
    }),
  );
}
