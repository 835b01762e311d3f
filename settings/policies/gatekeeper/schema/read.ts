import { RE2JS } from 're2js';
import type { Field } from '../../field.ts';
import { refuseUnknownKeys } from './unknown.ts';
import { anything, jsonTypes } from './types.ts';
import type { JsonType, Limits, Schema } from './types.ts';
import { validate } from './validate.ts';

const limitNames = [
  'minimum',
  'maximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

/** What apiextensions.k8s.io/v1 takes out of OpenAPI v3. */
const unsupported = ['$ref', 'definitions', 'patternProperties', 'additionalItems', 'dependencies', 'id', '$schema'];

/** What may stand only outside of `allOf`, `anyOf`, `oneOf` and `not`. */
const structureOnly = [
  'type',
  'default',
  'nullable',
  'title',
  'description',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-embedded-resource',
];

/** Says nothing about values here: for people, for API servers' stores, or in CEL. */
const informative = [
  'description',
  'title',
  'example',
  'externalDocs',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
];

/**
 * Reads the schema of a template's parameters (`openAPIV3Schema`) and checks that it is structural, as the API server
 * checks it of the CRD that Gatekeeper makes. `isLegacy` is the template's `legacySchema`: types may then be missing,
 * and unknown keys are kept everywhere.
 */
export function readSchema(field: Field, isLegacy: boolean): Schema {
  const schema = new SchemaReader(isLegacy).structure(field);
  checkDefaults(schema, field);
  return schema;
}

class SchemaReader {
  readonly #isLegacy: boolean;

  constructor(isLegacy: boolean) {
    this.#isLegacy = isLegacy;
  }

  /** A schema that says what a value is made of. */
  structure(field: Field): Schema {
    const types = this.#types(field);
    const keeps = field.at('x-kubernetes-preserve-unknown-fields');
    if (keeps.flag() === false) keeps.refuse('true, or nothing');
    const isOpen = keeps.value === true || (this.#isLegacy && (types.length === 0 || types[0] === 'object'));
    if (field.at('type').isAbsent && types.length === 0 && !isOpen)
      field.at('type').refuse(`one of ${jsonTypes.join(', ')}`);
    const base = this.#values(field, (part) => this.structure(part));
    if (types[0] === 'array' && field.at('items').isAbsent && !this.#isLegacy)
      field.at('items').refuse('the schema of the items');
    return {
      ...base,
      types,
      isNullable: field.at('nullable').flag() ?? false,
      keepsUnknown: isOpen,
      default: field.at('default').isAbsent ? undefined : { value: field.at('default').value },
      additional: this.#additional(field, base),
      items: base.items ?? (types[0] === 'array' ? { ...anything, keepsUnknown: true } : undefined),
    };
  }

  /** A schema within `allOf`, `anyOf`, `oneOf` or `not`, which may only ask more of values. */
  #condition(field: Field): Schema {
    for (const key of structureOnly.filter((candidate) => !field.at(candidate).isAbsent)) {
      field.at(key).refuse('nothing, within allOf, anyOf, oneOf and not');
    }
    return { ...this.#values(field, (part) => this.#condition(part)), types: this.#types(field) };
  }

  #types(field: Field): readonly JsonType[] {
    if (field.at('x-kubernetes-int-or-string').flag() === true) return ['integer', 'string'];
    const type = field.at('type').oneOf(jsonTypes);
    return type === undefined ? [] : [type];
  }

  #additional(field: Field, { properties }: Schema): Schema['additional'] {
    const additional = field.at('additionalProperties');
    if (additional.isAbsent) return undefined;
    if (Object.keys(properties).length > 0) additional.refuse('nothing, as there are properties');
    if (typeof additional.value === 'boolean') return additional.value ? anything : 'none';
    return this.structure(additional);
  }

  /** What structures and conditions share. */
  #values(field: Field, read: (field: Field) => Schema): Schema {
    field.entries();
    for (const key of unsupported.filter((candidate) => !field.at(candidate).isAbsent)) field.at(key).refuse('nothing');
    if (field.at('uniqueItems').flag() === true) field.at('uniqueItems').refuse('false');
    const items = field.at('items');
    if (Array.isArray(items.value)) items.refuse('one schema for all items');
    const list = (key: string): readonly Schema[] =>
      field
        .at(key)
        .items()
        .map((item) => this.#condition(item));
    return {
      ...anything,
      enum: field
        .at('enum')
        .items()
        .map(({ value }) => value),
      properties: Object.fromEntries(
        field
          .at('properties')
          .entries()
          .map(([key, part]) => [key, read(part)] as const),
      ),
      required: field.at('required').texts(),
      items: items.isAbsent || Array.isArray(items.value) ? undefined : read(items),
      limits: readLimits(field),
      isMinimumExclusive: field.at('exclusiveMinimum').flag() ?? false,
      isMaximumExclusive: field.at('exclusiveMaximum').flag() ?? false,
      pattern: readPattern(field.at('pattern')),
      format: field.at('format').text(),
      allOf: list('allOf'),
      anyOf: isIntOrString(field) ? [{ ...anything, types: ['integer', 'string'] }] : list('anyOf'),
      oneOf: list('oneOf'),
      not: field.at('not').isAbsent ? undefined : this.#condition(field.at('not')),
    };
  }
}

/** The one pattern of types within `anyOf` that API servers take: `anyOf: [{type: integer}, {type: string}]`. */
function isIntOrString(field: Field): boolean {
  const types = field
    .at('anyOf')
    .items()
    .map((item) => (Object.keys(item.value ?? {}).join() === 'type' ? item.at('type').value : undefined));
  return field.at('type').isAbsent && types.length === 2 && types[0] === 'integer' && types[1] === 'string';
}

function readLimits(field: Field): Limits {
  return Object.fromEntries(
    limitNames.flatMap((name) => {
      const { value } = field.at(name);
      if (typeof value === 'number' && Number.isFinite(value)) return [[name, value] as const];
      if (!field.at(name).isAbsent) field.at(name).refuse('a number');
      return [];
    }),
  );
}

function readPattern(field: Field): string {
  const pattern = field.text();
  try {
    RE2JS.compile(pattern);
    return pattern;
  } catch {
    field.refuse('a regular expression of RE2 (https://github.com/google/re2/wiki/Syntax)');
    return '';
  }
}

/** A default must fit its schema, and have no key that is not in it. */
function checkDefaults(schema: Schema, field: Field): void {
  if (schema.default !== undefined) {
    validate(schema, field.at('default'));
    refuseUnknownKeys(schema, field.at('default'));
  }
  for (const [key, part] of Object.entries(schema.properties)) checkDefaults(part, field.at('properties').at(key));
  if (schema.items !== undefined) checkDefaults(schema.items, field.at('items'));
  if (typeof schema.additional === 'object') checkDefaults(schema.additional, field.at('additionalProperties'));
}

/** Keys of a schema that are known; others say nothing, and their author is told so. */
export const schemaKeys: readonly string[] = [
  ...limitNames,
  ...unsupported,
  ...structureOnly,
  ...informative,
  'enum',
  'properties',
  'required',
  'items',
  'uniqueItems',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'pattern',
  'format',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
];
