/**
 * Writes the parts of the chart's values.schema.json that come from the settings table: `settings` and `lock`.
 *
 * `node scripts/schema.ts` writes them; a unit test fails when they are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartSettingsSchema } from '../settings/schema.ts';

export const schemaPath = join(import.meta.dirname, '..', 'manifests', 'chart', 'values.schema.json');

/** Text of values.schema.json with the generated parts in place; `text` is the file as it is. */
export function withSettings(text: string): string {
  const schema = JSON.parse(text) as { readonly properties: Readonly<Record<string, unknown>> };
  const properties = { ...schema.properties, ...chartSettingsSchema() };
  return `${JSON.stringify({ ...schema, properties }, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(schemaPath, withSettings(readFileSync(schemaPath, 'utf8')));
