import { readNumber } from '../value/number.ts';
import { compare, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Parsed } from './input.ts';
import type { ModuleMemory } from './memory.ts';

/** `opa_value.type` of OPA's runtime (its wasm/src/value.h). */
export const types = {
  null: 1,
  boolean: 2,
  number: 3,
  string: 4,
  array: 5,
  object: 6,
  set: 7,
  internedString: 8,
  internedBoolean: 9,
} as const;

/** One object or set, as it was when it was sorted. */
export interface Sorted {
  readonly buckets: number;
  readonly size: number;
  /** In the order of their buckets. */
  readonly found: readonly number[];
  readonly keys: readonly number[];
  /** Made when a walk does not go on where the last one stood. */
  positions: ReadonlyMap<number, number> | undefined;
  /** Position that was asked for last: most walks are not interrupted. */
  at: number;
}

/**
 * Walks sets and objects in Rego's order. OPA does so wherever a policy asks for their members, and what it makes of them
 * (lists, texts) is in that order; its Wasm walks them in the order of their hashes. Members keep their addresses as
 * long as one evaluation takes.
 */
export class Order {
  readonly #memory: ModuleMemory;
  readonly #sorted = new Map<number, Sorted>();
  #parsed: Parsed | undefined;
  #view: DataView;
  #bytes: Buffer;

  constructor(memory: ModuleMemory) {
    this.#memory = memory;
    this.#view = new DataView(memory.memory.buffer);
    this.#bytes = Buffer.from(memory.memory.buffer);
  }

  /** What is in memory is another thing from now on, but for the input, which others may have walked already. */
  begin(parsed: Parsed | undefined): void {
    this.#sorted.clear();
    this.#parsed = parsed;
  }

  /** Address of the key after `previous`, which is 0 for the first; 0 when there is none. */
  next(collection: number, previous: number): number {
    if (this.#view.buffer !== this.#memory.memory.buffer) {
      this.#view = new DataView(this.#memory.memory.buffer);
      this.#bytes = Buffer.from(this.#memory.memory.buffer);
    }
    const sorted = this.#sortedOf(collection, previous === 0);
    const { keys } = sorted;
    if (previous === 0) sorted.at = 0;
    else sorted.at = (keys[sorted.at] === previous ? sorted.at : this.#positionOf(sorted, previous)) + 1;
    return keys[sorted.at] ?? 0;
  }

  /** A walk that begins looks whether the members are still those that were sorted; those of an input do not change. */
  #sortedOf(collection: number, isBeginning: boolean): Sorted {
    const [buckets, size] = [this.#word(collection + 4), this.#word(collection + 12)];
    const isOfInput = this.#isOfInput(collection);
    const all = isOfInput ? (this.#parsed?.sorted ?? this.#sorted) : this.#sorted;
    const known = all.get(collection);
    const isFresh = known?.buckets === buckets && known.size === size;
    if (isFresh && (isOfInput || !isBeginning)) return known;
    const found = this.#keysOf(collection);
    if (isFresh && found.every((key, at) => known.found[at] === key)) return known;
    const keys = [...found];
    this.#sort(keys);
    const sorted = { buckets, size, found, keys, positions: undefined, at: 0 };
    all.set(collection, sorted);
    return sorted;
  }

  /** The input itself is another for each evaluation: parameters are put into it. */
  #isOfInput(address: number): boolean {
    const parsed = this.#parsed;
    if (parsed === undefined || address === parsed.value) return false;
    return address >= parsed.from && address < parsed.from + parsed.bytes.length;
  }

  /** Both are chains in buckets: {key, value, next} of objects, {value, next} of sets. */
  #keysOf(collection: number): number[] {
    const nextAt = this.#view.getUint8(collection) === types.object ? 8 : 4;
    const [buckets, count] = [this.#word(collection + 4), this.#word(collection + 8)];
    const keys: number[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let member = this.#word(buckets + 4 * at); member !== 0; member = this.#word(member + nextAt)) {
        keys.push(this.#word(member));
      }
    }
    return keys;
  }

  #sort(keys: number[]): void {
    if (keys.length < 2) return;
    if (keys.every((key) => this.#isText(key))) {
      keys.sort((left, right) => this.#compareTexts(left, right));
      return;
    }
    const values = new Map(keys.map((key) => [key, this.#valueOf(key)]));
    keys.sort((left, right) => compare(values.get(left) ?? null, values.get(right) ?? null));
  }

  #positionOf(sorted: Sorted, key: number): number {
    sorted.positions ??= new Map(sorted.keys.map((each, at) => [each, at]));
    const position = sorted.positions.get(key);
    if (position !== undefined) return position;
    // It is equal to one of the keys and stands elsewhere.
    const value = this.#valueOf(key);
    return sorted.keys.findIndex((candidate) => compare(this.#valueOf(candidate), value) === 0);
  }

  #word(address: number): number {
    return this.#view.getUint32(address, true);
  }

  #isText(address: number): boolean {
    const type = this.#view.getUint8(address);
    return type === types.string || type === types.internedString;
  }

  /** {type, length at 4, bytes at 8}; in UTF-8 the order of bytes is that of code points. */
  #compareTexts(left: number, right: number): number {
    const [leftFrom, rightFrom] = [this.#word(left + 8), this.#word(right + 8)];
    const [leftTo, rightTo] = [leftFrom + this.#word(left + 4), rightFrom + this.#word(right + 4)];
    return this.#bytes.compare(this.#bytes, rightFrom, rightTo, leftFrom, leftTo);
  }

  #valueOf(address: number): Value {
    switch (this.#view.getUint8(address)) {
      case types.boolean:
      case types.internedBoolean:
        return this.#view.getUint8(address + 1) !== 0;
      case types.number:
        return this.#numberOf(address);
      case types.string:
      case types.internedString:
        return this.#textOf(this.#word(address + 8), this.#word(address + 4));
      case types.array:
        return this.#listOf(this.#word(address + 4), this.#word(address + 8));
      case types.set:
        return new RegoSet(this.#keysOf(address).map((key) => this.#valueOf(key)));
      case types.object:
        return new RegoObject(this.#entriesOf(address));
      default:
        return null;
    }
  }

  /** {type, form, number at 8}: a whole number of 64 bits, or the address and the length of its text. */
  #numberOf(address: number): Value {
    const whole = 1;
    return this.#view.getUint8(address + 1) === whole
      ? readNumber(this.#view.getBigInt64(address + 8, true).toString())
      : readNumber(this.#textOf(this.#word(address + 8), this.#word(address + 12)));
  }

  #textOf(from: number, length: number): string {
    return this.#bytes.toString('utf8', from, from + length);
  }

  /** {index, value} for each member. */
  #listOf(members: number, length: number): readonly Value[] {
    return Array.from({ length }, (_, at) => this.#valueOf(this.#word(members + 8 * at + 4)));
  }

  #entriesOf(object: number): readonly (readonly [Value, Value])[] {
    const [buckets, count] = [this.#word(object + 4), this.#word(object + 8)];
    const entries: (readonly [Value, Value])[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let member = this.#word(buckets + 4 * at); member !== 0; member = this.#word(member + 8)) {
        entries.push([this.#valueOf(this.#word(member)), this.#valueOf(this.#word(member + 4))]);
      }
    }
    return entries;
  }
}
