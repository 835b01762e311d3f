import type { RegoNumber } from '../../../value/number.ts';
import type { Pattern } from '../../regex/compile.ts';
import type { Draft } from './draft.ts';
import type { Reference } from './reference.ts';

/** A parsed schema. Schemas refer to each other in circles, so that each is made first and filled afterwards. */
export interface Schema {
  /** Where it stands in its parent: the name of a property, or the keyword. */
  readonly property: string;
  draft: Draft;
  id: Reference;
  /** `true` and `false` are schemas too. */
  pass?: boolean;
  /** With `$ref` nothing else counts. */
  referred?: Schema;
  types: readonly string[];
  properties: Schema[];
  patternProperties: (readonly [pattern: Pattern, schema: Schema])[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  dependencies: Map<string, readonly string[] | Schema>;
  /** One schema for all items, or one for each. */
  items: Schema | Schema[];
  additionalItems?: boolean | Schema;
  contains?: Schema;
  limits: Limits;
  required: readonly string[];
  uniqueItems: boolean;
  pattern?: readonly [source: string, pattern: Pattern];
  format?: string;
  /** JSON texts. */
  allowed?: string;
  oneOfValues?: readonly string[];
  oneOf: Schema[];
  anyOf: Schema[];
  allOf: Schema[];
  not?: Schema;
  condition?: Schema;
  consequence?: Schema;
  alternative?: Schema;
}

export interface Limits {
  readonly multipleOf?: RegoNumber | undefined;
  readonly minimum?: RegoNumber | undefined;
  readonly exclusiveMinimum?: RegoNumber | undefined;
  readonly maximum?: RegoNumber | undefined;
  readonly exclusiveMaximum?: RegoNumber | undefined;
  readonly minLength?: bigint | undefined;
  readonly maxLength?: bigint | undefined;
  readonly minProperties?: bigint | undefined;
  readonly maxProperties?: bigint | undefined;
  readonly minItems?: bigint | undefined;
  readonly maxItems?: bigint | undefined;
}

export function emptySchema(property: string, draft: Draft, id: Reference): Schema {
  return {
    property,
    draft,
    id,
    types: [],
    properties: [],
    patternProperties: [],
    dependencies: new Map(),
    items: [],
    limits: {},
    required: [],
    uniqueItems: false,
    oneOf: [],
    anyOf: [],
    allOf: [],
  };
}
