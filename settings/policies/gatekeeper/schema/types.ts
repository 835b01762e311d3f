/** Types of JSON values, as OpenAPI names them. */
export const jsonTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const;
export type JsonType = (typeof jsonTypes)[number];

/** Limits of a value by their OpenAPI names; those that were not written are not there. */
export type Limits = Readonly<
  Partial<
    Record<
      | 'minimum'
      | 'maximum'
      | 'multipleOf'
      | 'minLength'
      | 'maxLength'
      | 'minItems'
      | 'maxItems'
      | 'minProperties'
      | 'maxProperties',
      number
    >
  >
>;

/**
 * A structural schema (apiextensions.k8s.io/v1 `JSONSchemaProps`) as far as it decides about values. Plain data.
 *
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export interface Schema {
  /** Any of these; none for any value. `x-kubernetes-int-or-string` is both. */
  readonly types: readonly JsonType[];
  readonly isNullable: boolean;
  /** `x-kubernetes-preserve-unknown-fields`: keys without a schema of their own are fine. */
  readonly keepsUnknown: boolean;
  readonly default: { readonly value: unknown } | undefined;
  readonly enum: readonly unknown[];
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
  /** Of keys that `properties` does not name; `none` where they are forbidden. */
  readonly additional: Schema | 'none' | undefined;
  readonly items: Schema | undefined;
  readonly limits: Limits;
  readonly isMinimumExclusive: boolean;
  readonly isMaximumExclusive: boolean;
  /** A regular expression of RE2; '' for none. */
  readonly pattern: string;
  readonly format: string;
  readonly allOf: readonly Schema[];
  readonly anyOf: readonly Schema[];
  readonly oneOf: readonly Schema[];
  readonly not: Schema | undefined;
}

/** A schema that says nothing. */
export const anything: Schema = {
  types: [],
  isNullable: false,
  keepsUnknown: false,
  default: undefined,
  enum: [],
  properties: {},
  required: [],
  additional: undefined,
  items: undefined,
  limits: {},
  isMinimumExclusive: false,
  isMaximumExclusive: false,
  pattern: '',
  format: '',
  allOf: [],
  anyOf: [],
  oneOf: [],
  not: undefined,
};
