import { RE2JS } from 're2js';
import { Field, isRecord, ownValue } from '../../field.ts';
import { isFormat } from './format.ts';
import type { JsonType, Schema } from './types.ts';
import { nearestOf } from '../../../../runtime/nearest.ts';
import { schemaOf } from './unknown.ts';

/** Reports everything about a value that does not fit its schema. A value that is undefined fits. */
export function validate(schema: Schema, field: Field): void {
  const { value } = field;
  if (value === undefined) return;
  if (value === null && (schema.isNullable || schema.types.length === 0)) return;
  if (schema.types.length > 0 && !schema.types.some((type) => isOfType(type, value))) {
    field.refuse(`of type ${schema.types.join(' or ')}`);
    return;
  }
  if (schema.enum.length > 0 && !schema.enum.some((item) => isSame(item, value))) refuseEnum(schema, field);
  if (typeof value === 'number' || typeof value === 'bigint') validateNumber(schema, field, value);
  if (typeof value === 'string') validateText(schema, field, value);
  if (Array.isArray(value)) validateList(schema, field);
  if (isRecord(value)) validateObject(schema, field, value);
  validateConditions(schema, field);
}

function isOfType(type: JsonType, value: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'boolean':
    case 'string':
      return typeof value === type;
  }
}

function refuseEnum(schema: Schema, field: Field): void {
  const words = schema.enum.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  const nearest = typeof field.value === 'string' ? nearestOf(field.value, words) : undefined;
  field.refuse(`one of ${words.join(', ')}`, nearest);
}

function validateNumber(schema: Schema, field: Field, value: number | bigint): void {
  const { minimum, maximum, multipleOf } = schema.limits;
  if (minimum !== undefined && (schema.isMinimumExclusive ? value <= minimum : value < minimum)) {
    field.refuse(schema.isMinimumExclusive ? `more than ${minimum}` : `at least ${minimum}`);
  }
  if (maximum !== undefined && (schema.isMaximumExclusive ? value >= maximum : value > maximum)) {
    field.refuse(schema.isMaximumExclusive ? `less than ${maximum}` : `at most ${maximum}`);
  }
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(Number(value) / multipleOf)) {
    field.refuse(`a multiple of ${multipleOf}`);
  }
}

function validateText(schema: Schema, field: Field, value: string): void {
  const { minLength, maxLength } = schema.limits;
  const length = Array.from(value).length;
  if (minLength !== undefined && length < minLength) field.refuse(`at least ${minLength} characters`);
  if (maxLength !== undefined && length > maxLength) field.refuse(`at most ${maxLength} characters`);
  if (schema.pattern !== '' && !RE2JS.compile(schema.pattern).matcher(value).find()) {
    field.refuse(`a text that matches ${schema.pattern}`);
  }
  if (!isFormat(schema.format, value)) field.refuse(`a text of the format ${schema.format}`);
}

function validateList(schema: Schema, field: Field): void {
  const items = field.items();
  const { minItems, maxItems } = schema.limits;
  if (minItems !== undefined && items.length < minItems) field.refuse(`at least ${minItems} items`);
  if (maxItems !== undefined && items.length > maxItems) field.refuse(`at most ${maxItems} items`);
  if (schema.items !== undefined) for (const item of items) validate(schema.items, item);
}

function validateObject(schema: Schema, field: Field, value: Readonly<Record<string, unknown>>): void {
  const entries = field.entries();
  const { minProperties, maxProperties } = schema.limits;
  if (minProperties !== undefined && entries.length < minProperties) field.refuse(`at least ${minProperties} keys`);
  if (maxProperties !== undefined && entries.length > maxProperties) field.refuse(`at most ${maxProperties} keys`);
  for (const key of schema.required.filter((name) => ownValue(value, name) === undefined)) {
    field.at(key).refuse('a value; it is required');
  }
  for (const [key, part] of entries) {
    const known = schemaOf(schema, key);
    if (known !== undefined) validate(known, part);
    else if (schema.additional === 'none' && ownValue(schema.properties, key) === undefined) {
      part.refuseAs(key, 'no key besides those of the schema');
    }
  }
}

function validateConditions(schema: Schema, field: Field): void {
  for (const part of schema.allOf) validate(part, field);
  const fits = (part: Schema): boolean => {
    const problems: Field['report']['problems'] = [];
    validate(part, new Field(field.value, field.path, { ...field.report, problems }));
    return problems.length === 0;
  };
  if (schema.anyOf.length > 0 && !schema.anyOf.some(fits))
    field.refuse('a value that fits one of the schemas of anyOf');
  const count = schema.oneOf.filter(fits).length;
  if (schema.oneOf.length > 0 && count !== 1) {
    field.refuse(`a value that fits exactly one of the schemas of oneOf; it fits ${count}`);
  }
  if (schema.not !== undefined && fits(schema.not)) field.refuse('a value that does not fit the schema of not');
}

/** Whether two JSON values are equal, whatever the order of their keys. */
function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => isSame(item, right[at]));
  }
  if (isRecord(left) && isRecord(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => isSame(ownValue(left, key), ownValue(right, key)))
    );
  }
  return left === right;
}
