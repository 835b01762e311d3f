import { readNumber, writeNumber } from './number.ts';
import { isArray, isNumber, RegoObject, RegoSet } from './value.ts';
import type { Value } from './value.ts';

/**
 * Writes a value as a Rego term without white space, as `opa_value_dump` of OPA's Wasm does and `opa_value_parse` reads:
 * JSON, sets as `{1,2}`, the empty set as `set()`, objects with any keys.
 */
export function writeTerm(value: Value): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (isNumber(value)) return writeNumber(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(writeTerm).join(',')}]`;
  if (value instanceof RegoObject) {
    return `{${value.entries.map(([key, of]) => `${writeTerm(key)}:${writeTerm(of)}`).join(',')}}`;
  }
  return value.values.length === 0 ? 'set()' : `{${value.values.map(writeTerm).join(',')}}`;
}

/**
 * Reads what `writeTerm` writes; white space may stand between tokens.
 *
 * @throws SyntaxError for any other text: what OPA's Wasm hands over is never anything else.
 */
export function readTerm(text: string): Value {
  const reader = new TermReader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const numberPattern = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const stringPattern = /"(?:[^"\\]|\\.)*"/y;

class TermReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Value {
    this.#skip();
    const character = this.#text[this.#at];
    if (character === '[') return this.#list(']');
    if (character === '{') return this.#braces();
    if (character === '"') return JSON.parse(this.#match(stringPattern)) as string;
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return readNumber(this.#match(numberPattern));
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#fail();
  }

  /** An object, or a set: the first `:` decides. `{}` is the empty object. */
  #braces(): Value {
    this.#at += 1;
    if (this.#take('}')) return new RegoObject([]);
    const first = this.value();
    if (!this.#take(':')) {
      return new RegoSet(this.#take(',') ? [first, ...this.#rest('}')] : this.#closed([first], '}'));
    }
    const entries: (readonly [Value, Value])[] = [[first, this.value()]];
    while (this.#take(',')) {
      const key = this.value();
      if (!this.#take(':')) this.#fail();
      entries.push([key, this.value()]);
    }
    return new RegoObject(this.#closed(entries, '}'));
  }

  #list(close: string): readonly Value[] {
    this.#at += 1;
    return this.#take(close) ? [] : this.#rest(close);
  }

  /** Values up to and with the closing character; at least one. */
  #rest(close: string): readonly Value[] {
    const values = [this.value()];
    while (this.#take(',')) values.push(this.value());
    return this.#closed(values, close);
  }

  #closed<T>(result: T, close: string): T {
    if (!this.#take(close)) this.#fail();
    return result;
  }

  #take(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? this.#fail();
    this.#at += found.length;
    return found;
  }

  #skip(): void {
    while (' \n\t\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #fail(): never {
    throw new SyntaxError(`not a Rego term at ${this.#at}`);
  }
}

const words: readonly (readonly [string, Value])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['set()', new RegoSet([])],
];
