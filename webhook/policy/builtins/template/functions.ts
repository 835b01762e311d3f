import { format } from '../go/format.ts';
import { isPrintable } from '../go/unicode.ts';
import { runes } from '../go/runes.ts';
import { goBool, goInt, goString, nil } from '../go/value.ts';
import type { GoValue } from '../go/value.ts';
import { noFlags, printArgument } from '../go/verbs.ts';
import { BuiltinError } from '../types.ts';
import { escapeBytes, toBytes } from '../urls/escape.ts';
import { compareBasic, equals } from './compare.ts';

/** A value, or none: what a template shows as `<no value>`. */
export type Maybe = GoValue | undefined;

/** A function of text/template. */
export interface TemplateFunction {
  /** The fewest arguments, and the most; Infinity for any number. */
  readonly arity: readonly [least: number, most: number];
  readonly apply: (args: readonly Maybe[]) => Maybe;
}

/** Whether a value counts as true: not empty, not zero. */
export function isTrue(value: Maybe): boolean {
  if (value === undefined || value.type === 'nil') return false;
  if (value.type === '[]interface {}') return value.values.length > 0;
  if (value.type === 'map[string]interface {}') return value.entries.length > 0;
  return typeof value.value === 'string' ? value.value !== '' : Number(value.value) !== 0;
}

/** Shows a value as `{{…}}` does. */
export function show(value: Maybe): string {
  return value === undefined ? '<no value>' : printArgument(value, 'v', noFlags);
}

/** Shows values one after another (`fmt.Sprint`): a space between two that are both no strings. */
function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, at) => {
      const before = values[at - 1];
      const isApart = before !== undefined && !isString(before) && !isString(value);
      return (isApart ? ' ' : '') + printArgument(value, 'v', noFlags);
    })
    .join('');
}

function isString({ type }: GoValue): boolean {
  return type === 'string' || type === 'json.Number';
}

/** Arguments as Go's `any`: none is nil. */
function anyOf(args: readonly Maybe[]): readonly GoValue[] {
  return args.map((value) => value ?? nil);
}

/** One string as it is, anything else as it is shown. */
function textOf(args: readonly Maybe[]): string {
  const [only] = args;
  if (args.length === 1 && only?.type === 'string') return only.value;
  return sprint(anyOf(args).map((value) => (value.type === 'nil' ? goString('<no value>') : value)));
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => htmlEscapes[character] ?? '');
}

function escapeScript(text: string): string {
  const escaped = runes(text).map((character) => {
    if (/[\\'"]/.test(character)) return `\\${character}`;
    const code = character.codePointAt(0) ?? 0;
    const isSpecial = code < 0x20 || /[<>&=]/.test(character) || (code >= 0x80 && !isPrintable(character));
    return isSpecial ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}` : character;
  });
  return escaped.join('');
}

const printf = (args: readonly Maybe[]): Maybe => {
  const [text, ...values] = args;
  if (text?.type !== 'string') throw new BuiltinError('wrong type for value; expected string');
  return goString(format(text.value, anyOf(values)));
};

function lengthOf(value: Maybe): number {
  if (value?.type === '[]interface {}') return value.values.length;
  if (value?.type === 'map[string]interface {}') return value.entries.length;
  if (value?.type === 'string' || value?.type === 'json.Number') return Buffer.byteLength(value.value);
  throw new BuiltinError(`len of type ${value?.type ?? 'nil'}`);
}

function indexOf(index: Maybe, most: number): number {
  if (index?.type !== 'int' && index?.type !== 'uint8') throw new BuiltinError('cannot index with that type');
  if (index.value < 0n || index.value > BigInt(most)) throw new BuiltinError(`index out of range: ${index.value}`);
  return Number(index.value);
}

/** What is at an index or key; a key that is not there gives nil, not none. */
function elementOf(item: Maybe, index: Maybe): GoValue {
  if (item?.type === 'map[string]interface {}') {
    if (index?.type !== 'string') throw new BuiltinError('value has another type than the keys');
    return item.entries.find(([key]) => key === index.value)?.[1] ?? nil;
  }
  if (item?.type === '[]interface {}') {
    const found = item.values[indexOf(index, item.values.length)];
    if (found !== undefined) return found;
  } else if (item?.type === 'string' || item?.type === 'json.Number') {
    const byte = Buffer.from(item.value)[indexOf(index, lengthOf(item))];
    if (byte !== undefined) return { type: 'uint8', value: BigInt(byte) };
  }
  throw new BuiltinError(`can't index item of type ${item?.type ?? 'nil'}`);
}

function sliceOf([item, ...indexes]: readonly Maybe[]): Maybe {
  if (item?.type === '[]interface {}') {
    const [from, to] = rangeOf(indexes, item.values.length, 3);
    return { type: item.type, values: item.values.slice(from, to) };
  }
  if (item?.type === 'string' || item?.type === 'json.Number') {
    const bytes = Buffer.from(item.value);
    const [from, to] = rangeOf(indexes, bytes.length, 2);
    return { type: item.type, value: bytes.subarray(from, to).toString() };
  }
  throw new BuiltinError(`can't slice item of type ${item?.type ?? 'nil'}`);
}

function rangeOf(indexes: readonly Maybe[], length: number, most: number): readonly [from: number, to: number] {
  if (indexes.length > most) throw new BuiltinError('too many slice indexes');
  const [from = 0, to = length, limit = length] = indexes.map((index) => indexOf(index, length));
  if (from > to || to > limit) throw new BuiltinError('invalid slice index');
  return [from, to];
}

function compared(decide: (order: readonly [isLess: boolean, isEqual: boolean]) => boolean): TemplateFunction {
  return { arity: [2, 2], apply: ([a, b]) => goBool(decide(compareBasic(a, b))) };
}

/** The functions that OPA's templates know. Where `and` and `or` get here, no argument but the last decides. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', { arity: [1, Infinity], apply: (args) => args.at(-1) }],
  ['or', { arity: [1, Infinity], apply: (args) => args.at(-1) }],
  ['not', { arity: [1, 1], apply: ([value]) => goBool(!isTrue(value)) }],
  ['len', { arity: [1, 1], apply: ([value]) => goInt(lengthOf(value)) }],
  ['index', { arity: [1, Infinity], apply: ([item, ...indexes]) => indexAll(item, indexes) }],
  ['slice', { arity: [1, Infinity], apply: sliceOf }],
  ['print', { arity: [0, Infinity], apply: (args) => goString(sprint(anyOf(args))) }],
  ['printf', { arity: [1, Infinity], apply: printf }],
  ['println', { arity: [0, Infinity], apply: (args) => goString(`${anyOf(args).map(show).join(' ')}\n`) }],
  ['html', { arity: [0, Infinity], apply: (args) => goString(escapeHtml(textOf(args))) }],
  ['js', { arity: [0, Infinity], apply: (args) => goString(escapeScript(textOf(args))) }],
  ['urlquery', { arity: [0, Infinity], apply: (args) => goString(escapeBytes(toBytes(textOf(args)), 'query')) }],
  ['eq', { arity: [1, Infinity], apply: ([first, ...others]) => goBool(equals(first, others)) }],
  ['ne', { arity: [2, 2], apply: ([first, second]) => goBool(!equals(first, [second])) }],
  ['lt', compared(([isLess]) => isLess)],
  ['le', compared(([isLess, isEqual]) => isLess || isEqual)],
  ['gt', compared(([isLess, isEqual]) => !isLess && !isEqual)],
  ['ge', compared(([isLess]) => !isLess)],
  ['call', { arity: [1, Infinity], apply: () => noFunction() }],
]);

function indexAll(item: Maybe, indexes: readonly Maybe[]): Maybe {
  if (item === undefined || item.type === 'nil') throw new BuiltinError('index of untyped nil');
  return indexes.reduce<GoValue>(elementOf, item);
}

/** Data of Rego holds no functions. */
function noFunction(): never {
  throw new BuiltinError('call of what is no function');
}
