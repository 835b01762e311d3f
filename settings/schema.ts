import { catalog } from './catalog.ts';
import type { Row } from './catalog.ts';
import { lockKind } from './marks.ts';

/** A JSON Schema (draft-07, which Helm reads), or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * JSON Schema of the chart's values `settings` and `lock`, made from the settings table. Patterns are the parser's
 * own, so that Helm refuses what the processes would refuse at start.
 */
export function chartSettingsSchema(): { readonly settings: JsonSchema; readonly lock: JsonSchema } {
  const rows = catalog.rows.filter(({ setting }) => setting.writers.includes('chart'));
  const fixed = rows.filter(({ key }) => !key.includes('<'));
  const patterns = rows.filter(({ key }) => key.includes('<'));
  return {
    settings: {
      type: 'object',
      description: 'Settings of every namespace, as text: put `off` in quotes. Keys are those of docs/annotations.md.',
      additionalProperties: false,
      properties: Object.fromEntries(fixed.map((row) => [row.key, valueSchema(row)])),
      ...(patterns.length === 0
        ? {}
        : {
            patternProperties: Object.fromEntries(
              patterns.map((row) => [`^${row.key.replace(/<.*$/, '')}[A-Za-z0-9]`, valueSchema(row)]),
            ),
          }),
    },
    lock: {
      type: 'array',
      description: 'Keys that namespaces, ConfigMaps and pods may tighten and never loosen.',
      uniqueItems: true,
      items: { type: 'string', pattern: lockKind.pattern },
    },
  };
}

function valueSchema({ setting }: Row): JsonSchema {
  return { type: 'string', description: setting.description, pattern: setting.kind.pattern };
}
