import { readNumber } from '../value/number.ts';
import { compare, RegoObject, RegoSet } from '../value/value.ts';
import type { Value } from '../value/value.ts';
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
interface Sorted {
  readonly buckets: number;
  readonly size: number;
  readonly keys: readonly number[];
  readonly positions: ReadonlyMap<number, number>;
}

/**
 * Walks sets and objects in Rego's order. OPA does so wherever a policy asks for their members, and what it makes of them
 * (lists, texts) is in that order; its Wasm walks them in the order of their hashes. Members keep their addresses as
 * long as one evaluation takes.
 */
export class Order {
  readonly #memory: ModuleMemory;
  readonly #sorted = new Map<number, Sorted>();
  #view: DataView;
  #bytes: Buffer;

  constructor(memory: ModuleMemory) {
    this.#memory = memory;
    this.#view = new DataView(memory.memory.buffer);
    this.#bytes = Buffer.from(memory.memory.buffer);
  }

  /** What is in memory is another thing from now on. */
  forget(): void {
    this.#sorted.clear();
  }

  /** Address of the key after `previous`, which is 0 for the first; 0 when there is none. */
  next(collection: number, previous: number): number {
    if (this.#view.buffer !== this.#memory.memory.buffer) {
      this.#view = new DataView(this.#memory.memory.buffer);
      this.#bytes = Buffer.from(this.#memory.memory.buffer);
    }
    const { keys, positions } = this.#sortedOf(collection, previous === 0);
    if (previous === 0) return keys[0] ?? 0;
    const position = positions.get(previous) ?? this.#positionOf(keys, previous);
    return keys[position + 1] ?? 0;
  }

  /** A walk that begins looks whether the members are still those that were sorted. */
  #sortedOf(collection: number, isBeginning: boolean): Sorted {
    const [buckets, size] = [this.#word(collection + 4), this.#word(collection + 12)];
    const known = this.#sorted.get(collection);
    const isFresh = known?.buckets === buckets && known.size === size;
    if (isFresh && !isBeginning) return known;
    const keys = this.#keysOf(collection);
    if (isFresh && keys.every((key) => known.positions.has(key))) return known;
    this.#sort(keys);
    const sorted = { buckets, size, keys, positions: new Map(keys.map((key, at) => [key, at])) };
    this.#sorted.set(collection, sorted);
    return sorted;
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

  /** Of a key that is equal to one of the keys and stands elsewhere. */
  #positionOf(keys: readonly number[], key: number): number {
    const value = this.#valueOf(key);
    return keys.findIndex((candidate) => compare(this.#valueOf(candidate), value) === 0);
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
