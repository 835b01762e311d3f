import { RegoObject } from '../../../value/value.ts';
import type { Value } from '../../../value/value.ts';
import { jsonEntries } from '../convert.ts';
import type { Path, Result } from './result.ts';
import type { Schema } from './types.ts';
import type { Check } from './validate.ts';

/** Checks what a schema says by other schemas: all, any or one of them, none, dependencies, conditions. */
export function combine(
  schema: Schema,
  json: Value,
  path: Path,
  result: Result,
  check: Check,
  checkInto: (schema: Schema, json: Value, path: Path, result: Result) => void,
): void {
  anyOf(schema, json, path, result, check);
  oneOf(schema, json, path, result, check);
  allOf(schema, json, path, result, check);
  if (schema.not !== undefined && check(schema.not, json, path).isValid) {
    result.add('number_not', path, 'Must not validate the schema (not)');
  }
  for (const [name] of json instanceof RegoObject ? jsonEntries(json) : []) {
    const dependency = schema.dependencies.get(name);
    if (dependency === undefined) continue;
    if (!('length' in dependency)) checkInto(dependency, json, path, result);
    else missing(dependency, json, path, result);
  }
  conditions(schema, json, path, result, check);
  result.count();
}

function missing(names: readonly string[], json: Value, path: Path, result: Result): void {
  for (const name of names) {
    if (json instanceof RegoObject && json.get(name) === undefined) {
      result.add('missing_dependency', path, `Has a dependency on ${name}`);
    }
  }
}

/** The result with the greater score; of equals the first. */
function better(best: Result | undefined, other: Result): Result {
  return best === undefined || other.score > best.score ? other : best;
}

function anyOf(schema: Schema, json: Value, path: Path, result: Result, check: Check): void {
  let best: Result | undefined;
  for (const candidate of schema.anyOf) {
    const found = check(candidate, json, path);
    if (found.isValid) return;
    best = better(best, found);
  }
  if (best === undefined) return;
  result.add('number_any_of', path, 'Must validate at least one schema (anyOf)');
  result.merge(best);
}

function oneOf(schema: Schema, json: Value, path: Path, result: Result, check: Check): void {
  if (schema.oneOf.length === 0) return;
  let best: Result | undefined;
  let count = 0;
  for (const candidate of schema.oneOf) {
    const found = check(candidate, json, path);
    if (found.isValid) count += 1;
    else if (count === 0) best = better(best, found);
  }
  if (count === 1) return;
  result.add('number_one_of', path, 'Must validate one and only one schema (oneOf)');
  if (count === 0 && best !== undefined) result.merge(best);
}

function allOf(schema: Schema, json: Value, path: Path, result: Result, check: Check): void {
  const found = schema.allOf.map((candidate) => check(candidate, json, path));
  for (const each of found) result.merge(each);
  if (found.some(({ isValid }) => !isValid)) result.add('number_all_of', path, 'Must validate all the schemas (allOf)');
}

function conditions(schema: Schema, json: Value, path: Path, result: Result, check: Check): void {
  const { condition, consequence, alternative } = schema;
  if (condition === undefined) return;
  const { isValid } = check(condition, json, path);
  const next = isValid ? consequence : alternative;
  const found = next === undefined ? undefined : check(next, json, path);
  if (found === undefined || found.isValid) return;
  if (isValid) result.add('condition_then', path, 'Must validate "then" as "if" was valid');
  else result.add('condition_else', path, 'Must validate "else" as "if" was not valid');
  result.merge(found);
}
