import type { RegoObject, Value } from '../../../value/value.ts';
import { jsonEntries } from '../convert.ts';
import { canonical } from './canonical.ts';
import type { Path, Result } from './result.ts';
import type { Schema } from './types.ts';
import type { Check } from './validate.ts';

export function validateArray(schema: Schema, items: readonly Value[], path: Path, result: Result, check: Check): void {
  for (const [at, item] of items.entries()) {
    const own = schemaOf(schema, at);
    if (own !== undefined) result.merge(check(own, item, [...path, String(at)]));
  }
  const { items: schemas, additionalItems, limits } = schema;
  const isTooLong = Array.isArray(schemas) && schemas.length > 0 && items.length > schemas.length;
  if (isTooLong && additionalItems === false) {
    result.add('array_no_additional_items', path, 'No additional items allowed on array');
  }
  if (limits.minItems !== undefined && items.length < limits.minItems) {
    result.add('array_min_items', path, `Array must have at least ${limits.minItems} items`);
  }
  if (limits.maxItems !== undefined && items.length > limits.maxItems) {
    result.add('array_max_items', path, `Array must have at most ${limits.maxItems} items`);
  }
  if (schema.uniqueItems) unique(items, path, result);
  if (schema.contains !== undefined) contains(schema.contains, items, path, result, check);
  result.count();
}

/** The schema of the item at an index, if there is one. */
function schemaOf({ items, additionalItems }: Schema, at: number): Schema | undefined {
  if (!Array.isArray(items)) return items;
  if (at < items.length) return items[at];
  return items.length > 0 && typeof additionalItems === 'object' ? additionalItems : undefined;
}

function unique(items: readonly Value[], path: Path, result: Result): void {
  const seen = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const text = canonical(item);
    const before = seen.get(text);
    if (before !== undefined) result.add('unique', path, `array items[${before},${at}] must be unique`);
    seen.set(text, at);
  }
}

function contains(schema: Schema, items: readonly Value[], path: Path, result: Result, check: Check): void {
  let best: Result | undefined;
  for (const [at, item] of items.entries()) {
    const found = check(schema, item, [...path, String(at)]);
    if (found.isValid) return;
    if (best === undefined || found.score > best.score) best = found;
  }
  result.add('contains', path, 'At least one of the items must match');
  if (best !== undefined) result.merge(best);
}

export function validateObject(schema: Schema, object: RegoObject, path: Path, result: Result, check: Check): void {
  const { limits } = schema;
  const count = object.entries.length;
  if (limits.minProperties !== undefined && count < limits.minProperties) {
    result.add('array_min_properties', path, `Must have at least ${limits.minProperties} properties`);
  }
  if (limits.maxProperties !== undefined && count > limits.maxProperties) {
    result.add('array_max_properties', path, `Must have at most ${limits.maxProperties} properties`);
  }
  for (const name of schema.required) {
    if (object.get(name) !== undefined) result.count();
    else result.add('required', path, `${name} is required`);
  }
  const entries = jsonEntries(object);
  for (const [name, value] of entries) property(schema, name, value, path, result, check);
  for (const [name] of schema.propertyNames === undefined ? [] : entries) {
    names(schema.propertyNames, name, path, result, check);
  }
  result.count();
}

/** What no property and no pattern names is additional. */
function property(schema: Schema, name: string, value: Value, path: Path, result: Result, check: Check): void {
  const { properties, patternProperties, additionalProperties } = schema;
  const matching = patternProperties.filter(([pattern]) => pattern.test(name));
  for (const [, of] of matching) result.merge(check(of, value, [...path, name]));
  if (matching.length > 0) {
    result.count();
    return;
  }
  if (properties.some((known) => known.property === name)) return;
  if (additionalProperties === false) {
    result.add('additional_property_not_allowed', path, `Additional property ${name} is not allowed`);
  } else if (typeof additionalProperties === 'object') {
    result.merge(check(additionalProperties, value, [...path, name]));
  }
}

function names(schema: Schema | undefined, name: string, path: Path, result: Result, check: Check): void {
  const found = schema === undefined ? undefined : check(schema, name, path);
  if (found === undefined || found.isValid) return;
  result.add('invalid_property_name', path, `Property name of "${name}" does not match`);
  result.merge(found);
}
