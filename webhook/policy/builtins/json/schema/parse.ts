import { isArray, RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { compilePattern } from '../../regex/compile.ts';
import type { BuiltinContext } from '../../types.ts';
import { BuiltinError } from '../../types.ts';
import { jsonEntries } from '../convert.ts';
import { canonical } from './canonical.ts';
import { draftOf, isAtLeast } from './draft.ts';
import type { Draft } from './draft.ts';
import { readLimits } from './limits.ts';
import { SchemaPool } from './pool.ts';
import { nowhere, readReference, resolveReference, writeReference } from './reference.ts';
import { emptySchema } from './types.ts';
import type { Schema } from './types.ts';

const knownTypes = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];

/**
 * Parses a JSON schema of the drafts 4, 6 and 7 as OPA does. Keys are taken in order, so that of several mistakes the
 * same one is reported each time; OPA reports any. What a reference points to elsewhere is not fetched.
 *
 * @throws BuiltinError that says what is wrong with the schema.
 */
export function parseSchema(document: Value, context: BuiltinContext): Schema {
  const pool = new SchemaPool(document);
  const schema = emptySchema('(Root)', draftOf(document) ?? 'hybrid', nowhere);
  new SchemaParser(pool, context, schema).parse(pool.root, schema, undefined);
  return schema;
}

class SchemaParser {
  readonly #pool: SchemaPool;
  readonly #context: BuiltinContext;
  readonly #root: Schema;
  readonly #referred = new Map<string, Schema>();

  constructor(pool: SchemaPool, context: BuiltinContext, root: Schema) {
    this.#pool = pool;
    this.#context = context;
    this.#root = root;
  }

  parse(document: Value, schema: Schema, parent: Schema | undefined): void {
    if (typeof document === 'boolean' && isAtLeast(schema.draft, 6)) {
      schema.pass = document;
      return;
    }
    if (!(document instanceof RegoObject)) throw new BuiltinError('Expected: Valid Schema, given: Invalid JSON');
    this.#id(document, schema, parent);
    this.#definitions(document.get('definitions'), schema);
    stringOf(document, 'title');
    stringOf(document, 'description');
    if (this.#reference(document, schema)) return;
    schema.types = readTypes(document.get('type'));
    this.#object(document, schema);
    this.#array(document, schema);
    schema.limits = readLimits(document, schema.draft);
    this.#texts(document, schema);
    this.#rest(document, schema);
    this.#values(document, schema);
    this.#combinations(document, schema);
    this.#conditions(document, schema);
  }

  #child(document: Value, property: string, parent: Schema, draft: Draft = parent.draft): Schema {
    const schema = emptySchema(property, draft, parent.id);
    this.parse(document, schema, parent);
    return schema;
  }

  #id(document: RegoObject, schema: Schema, parent: Schema | undefined): void {
    const old = schema.draft === 4 || (schema.draft === 'hybrid' && document.get('id') !== undefined);
    const id = stringOf(document, old ? 'id' : '$id');
    if (id === undefined) return;
    const reference = readReference(id);
    schema.id = schema === this.#root ? reference : resolveReference(parent?.id ?? nowhere, reference);
  }

  #definitions(definitions: Value | undefined, parent: Schema): void {
    if (definitions === undefined) return;
    const all = definitions instanceof RegoObject ? definitions.entries.map(([, of]) => of) : undefined;
    if (all?.every(isSchema) !== true) throw wrongType('Array Of Schemas', 'definitions');
    for (const definition of all) this.#child(definition, 'definitions', parent);
  }

  /** Tells whether nothing else is to be read. */
  #reference(document: RegoObject, schema: Schema): boolean {
    const text = stringOf(document, '$ref');
    if (text === undefined) return false;
    const reference = readReference(text);
    const known = this.#referred.get(writeReference(reference));
    if (known !== undefined) {
      schema.referred = known;
      return false;
    }
    const referred = emptySchema('$ref', schema.draft, reference);
    this.#referred.set(writeReference(reference), referred);
    const found = this.#pool.get(reference);
    if (!isSchema(found.document)) throw new BuiltinError('Valid Schema must be of type object');
    referred.draft = found.draft ?? schema.draft;
    this.parse(found.document, referred, schema);
    schema.referred = referred;
    return true;
  }

  #object(document: RegoObject, schema: Schema): void {
    const properties = document.get('properties');
    if (properties !== undefined) {
      if (!(properties instanceof RegoObject)) throw new BuiltinError('Properties must be of type object');
      schema.properties = jsonEntries(properties).map(([name, of]) => this.#child(of, name, schema));
    }
    const additional = this.#booleanOrSchema(document, 'additionalProperties', schema);
    if (additional !== undefined) schema.additionalProperties = additional;
    this.#patternProperties(document.get('patternProperties'), schema);
    const names = document.get('propertyNames');
    if (names !== undefined && isAtLeast(schema.draft, 6)) {
      if (!isSchema(names)) throw wrongType('Valid Schema', 'patternProperties');
      schema.propertyNames = this.#child(names, 'propertyNames', schema);
    }
    this.#dependencies(document.get('dependencies'), schema);
  }

  #patternProperties(patterns: Value | undefined, schema: Schema): void {
    if (patterns === undefined) return;
    if (!(patterns instanceof RegoObject)) throw wrongType('Valid Schema', 'patternProperties');
    schema.patternProperties = jsonEntries(patterns).map(([source, of]) => {
      const pattern = this.#pattern(source, `Invalid regex pattern '${source}'`);
      return [pattern, this.#child(of, source, schema)];
    });
  }

  #dependencies(dependencies: Value | undefined, schema: Schema): void {
    if (dependencies === undefined) return;
    if (!(dependencies instanceof RegoObject)) throw new BuiltinError('dependencies must be of type object');
    for (const [name, of] of jsonEntries(dependencies)) {
      if (isSchema(of)) schema.dependencies.set(name, this.#child(of, name, schema));
      else if (isArray(of) && of.every((item) => typeof item === 'string')) schema.dependencies.set(name, of);
      else throw new BuiltinError('Dependency must be of type Schema Or Array Of Strings');
    }
  }

  #array(document: RegoObject, schema: Schema): void {
    const items = document.get('items');
    if (items !== undefined) {
      const all = isArray(items) ? items : [items];
      if (!all.every(isSchema)) throw wrongType('Valid Schema/Array Of Schemas', 'items');
      const schemas = all.map((of) => this.#child(of, 'items', schema));
      const [only] = schemas;
      schema.items = isArray(items) || only === undefined ? schemas : only;
    }
    const additional = this.#booleanOrSchema(document, 'additionalItems', schema);
    if (additional !== undefined) schema.additionalItems = additional;
  }

  #booleanOrSchema(document: RegoObject, name: string, parent: Schema): boolean | Schema | undefined {
    const value = document.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    if (!(value instanceof RegoObject)) throw wrongType('boolean/Valid Schema', name);
    return this.#child(value, name, parent);
  }

  #texts(document: RegoObject, schema: Schema): void {
    const source = stringOf(document, 'pattern');
    if (source !== undefined) schema.pattern = [source, this.#pattern(source, 'pattern must be a valid regex')];
    const format = stringOf(document, 'format');
    if (format !== undefined) schema.format = format;
  }

  #pattern(source: string, complaint: string): ReturnType<typeof compilePattern> {
    try {
      return compilePattern(source, this.#context);
    } catch (error) {
      if (error instanceof BuiltinError) throw new BuiltinError(complaint, { cause: error });
      throw error;
    }
  }

  #rest(document: RegoObject, schema: Schema): void {
    const required = listOf(document, 'required') ?? [];
    if (!required.every((name) => typeof name === 'string')) throw wrongType('string', 'required');
    if (new Set(required).size < required.length) throw new BuiltinError('required items must be unique');
    schema.required = required;
    const uniqueItems = document.get('uniqueItems');
    if (uniqueItems !== undefined && typeof uniqueItems !== 'boolean') {
      throw new BuiltinError('uniqueItems must be of a boolean');
    }
    schema.uniqueItems = uniqueItems === true;
    const contains = document.get('contains');
    if (contains !== undefined && isAtLeast(schema.draft, 6))
      schema.contains = this.#child(contains, 'contains', schema);
  }

  #values(document: RegoObject, schema: Schema): void {
    const allowed = document.get('const');
    if (allowed !== undefined && isAtLeast(schema.draft, 6)) schema.allowed = canonical(allowed);
    const values = listOf(document, 'enum')?.map(canonical);
    if (values === undefined) return;
    if (new Set(values).size < values.length) throw new BuiltinError('enum items must be unique');
    schema.oneOfValues = values;
  }

  #combinations(document: RegoObject, schema: Schema): void {
    for (const name of ['oneOf', 'anyOf', 'allOf'] as const) {
      schema[name] = (listOf(document, name) ?? []).map((of) => this.#child(of, name, schema));
    }
    const not = this.#optional(document, 'not', schema);
    if (not !== undefined) schema.not = not;
  }

  #conditions(document: RegoObject, schema: Schema): void {
    if (!isAtLeast(schema.draft, 7)) return;
    const [condition, consequence, alternative] = ['if', 'then', 'else'].map((name) =>
      this.#optional(document, name, schema),
    );
    if (condition !== undefined) schema.condition = condition;
    if (consequence !== undefined) schema.consequence = consequence;
    if (alternative !== undefined) schema.alternative = alternative;
  }

  #optional(document: RegoObject, name: string, parent: Schema): Schema | undefined {
    const value = document.get(name);
    if (value === undefined) return undefined;
    if (!isSchema(value)) throw new BuiltinError(`${name} must be of an object`);
    return this.#child(value, name, parent);
  }
}

function isSchema(value: Value): boolean {
  return typeof value === 'boolean' || value instanceof RegoObject;
}

function wrongType(expected: string, given: string): BuiltinError {
  return new BuiltinError(`Invalid type. Expected: ${expected}, given: ${given}`);
}

function stringOf(document: RegoObject, name: string): string | undefined {
  const value = document.get(name);
  if (value === undefined || typeof value === 'string') return value;
  throw wrongType('string', name);
}

function listOf(document: RegoObject, name: string): readonly Value[] | undefined {
  const value = document.get(name);
  if (value === undefined || isArray(value)) return value;
  throw new BuiltinError(`${name} must be of an array`);
}

function readTypes(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  const names = isArray(value) ? value : [value];
  const types: string[] = [];
  for (const name of names) {
    if (typeof name !== 'string') throw wrongType('type', 'string/Array Of Strings');
    if (!knownTypes.includes(name)) {
      const expected = `[${knownTypes.join(' ')}]`;
      throw new BuiltinError(
        `has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:${expected}`,
      );
    }
    if (types.includes(name)) throw new BuiltinError(`${name} type is duplicated`);
    types.push(name);
  }
  return types;
}
