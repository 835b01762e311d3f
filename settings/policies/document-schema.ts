import { prefix } from '../marks.ts';
import type { JsonSchema } from '../schema.ts';
import { policyKeys, policyTable } from './keys.ts';
import { parametersKey, schemaKey } from './parameters.ts';

/**
 * JSON Schema (draft-07) of a policy ConfigMap, made from the table of keys: for editors, and for pipelines that look at
 * a policy before an API server does. Patterns are the parser's own. What only the parser sees (YAML within a key,
 * METADATA, a key stated twice) it does not say.
 */
export function policyDocumentSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A policy of Remora',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'data'],
    properties: {
      apiVersion: { const: 'v1' },
      kind: { const: 'ConfigMap' },
      metadata: {
        type: 'object',
        required: ['labels'],
        properties: {
          labels: {
            type: 'object',
            required: [`${prefix}policy`],
            properties: { [`${prefix}policy`]: { const: 'true' } },
          },
        },
      },
      data: { type: 'object', additionalProperties: { type: 'string' } },
      binaryData: { maxProperties: 0 },
    },
    if: { properties: { data: { type: 'object', propertyNames: { not: { pattern: regoKey } } } } },
    then: gatekeeper(),
    else: native(),
    definitions: { metadata: metadata() },
  };
}

const regoKey = '\\.rego$';
const notATest = '^(?!.*_test\\.rego$).*\\.rego$';

function native(): JsonSchema {
  return {
    title: 'Rego',
    properties: {
      metadata: { properties: { annotations: annotations(policyKeys.map((key) => [`policy-${key}`, valueOf(key)])) } },
      data: {
        // At least one file that is no test.
        not: { propertyNames: { not: { pattern: notATest } } },
        propertyNames: { anyOf: [{ pattern: regoKey }, { enum: [parametersKey, schemaKey] }] },
      },
    },
  };
}

function gatekeeper(): JsonSchema {
  return {
    title: 'ConstraintTemplates, constraints and ExpansionTemplates of Gatekeeper',
    properties: {
      metadata: { properties: { annotations: annotations([['policy-on-failure', valueOf('on-failure')]]) } },
      data: {
        not: { propertyNames: { enum: [parametersKey, schemaKey] } },
        propertyNames: { pattern: '\\.ya?ml$' },
      },
    },
  };
}

function annotations(rows: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(rows.map(([key, schema]) => [prefix + key, schema])),
    propertyNames: {
      anyOf: [{ not: { pattern: `^${prefix.replaceAll('.', '\\.')}` } }, { enum: rows.map(([key]) => prefix + key) }],
    },
  };
}

/** `custom.remora` of a METADATA block, where a list may be a list. */
function metadata(): JsonSchema {
  return {
    title: 'custom.remora of a METADATA block',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      policyKeys.map((key) => [key, { anyOf: [valueOf(key), { type: 'array', items: { type: 'string' } }] }]),
    ),
  };
}

function valueOf(key: (typeof policyKeys)[number]): JsonSchema {
  const { kind, description, example, otherwise } = policyTable[key];
  return {
    type: 'string',
    description: `${description} Otherwise: ${otherwise}.`,
    pattern: kind.pattern,
    examples: [example],
  };
}
