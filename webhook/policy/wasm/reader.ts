import { readNumber } from '../value/number.ts';
import { RegoObject, RegoSet } from '../value/value.ts';
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

/** A value takes more than it may. */
export class TooLarge extends Error {}

/** What a member of a value counts for, beside the bytes of texts. */
const memberBytes = 4;

/** Reads values of a module's runtime where they are, with nothing written out in between. */
export class Reader {
  readonly #memory: ModuleMemory;
  /** Bytes that may still be read. */
  #left = Infinity;

  constructor(memory: ModuleMemory) {
    this.#memory = memory;
  }

  /**
   * The value at an address; its texts and members take at most so many bytes.
   *
   * @throws TooLarge beyond that.
   */
  valueOf(address: number, limitBytes = Infinity): Value {
    this.#left = limitBytes;
    return this.#valueOf(address);
  }

  word(address: number): number {
    return this.#memory.view.getUint32(address, true);
  }

  isText(address: number): boolean {
    const type = this.#memory.view.getUint8(address);
    return type === types.string || type === types.internedString;
  }

  /**
   * Addresses within a JSON value at which the address of a member stands that is not itself between `from` and `to`.
   * However deep the value is: nothing is called again for its members.
   */
  pointersOut(value: number, from: number, to: number): readonly number[] {
    const out: number[] = [];
    const open = [value];
    for (let of = open.pop(); of !== undefined; of = open.pop()) {
      for (const at of this.#pointersOf(of)) {
        const member = this.word(at);
        if (member >= from && member < to) open.push(member);
        else out.push(at);
      }
    }
    return out;
  }

  /** Where the addresses of an array's members stand, or of an object's keys and values. */
  #pointersOf(address: number): readonly number[] {
    const type = this.#memory.view.getUint8(address);
    const [first, count] = [this.word(address + 4), this.word(address + 8)];
    if (type === types.array) return Array.from({ length: count }, (_, at) => first + 8 * at + 4);
    if (type !== types.object) return [];
    const pointers: number[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let member = this.word(first + 4 * at); member !== 0; member = this.word(member + 8)) {
        pointers.push(member, member + 4);
      }
    }
    return pointers;
  }

  /** Addresses of an object's keys or a set's members. Chains in buckets: {key, value, next}, or {value, next}. */
  keysOf(collection: number): number[] {
    const nextAt = this.#memory.view.getUint8(collection) === types.object ? 8 : 4;
    const [buckets, count] = [this.word(collection + 4), this.word(collection + 8)];
    const keys: number[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let member = this.word(buckets + 4 * at); member !== 0; member = this.word(member + nextAt)) {
        keys.push(this.word(member));
      }
    }
    return keys;
  }

  /** {type, length at 4, bytes at 8}; in UTF-8 the order of bytes is that of code points. */
  compareTexts(left: number, right: number): number {
    const [leftFrom, rightFrom] = [this.word(left + 8), this.word(right + 8)];
    const [leftTo, rightTo] = [leftFrom + this.word(left + 4), rightFrom + this.word(right + 4)];
    const { bytes } = this.#memory;
    return bytes.compare(bytes, rightFrom, rightTo, leftFrom, leftTo);
  }

  #valueOf(address: number): Value {
    this.#take(memberBytes);
    switch (this.#memory.view.getUint8(address)) {
      case types.boolean:
      case types.internedBoolean:
        return this.#memory.view.getUint8(address + 1) !== 0;
      case types.number:
        return this.#numberOf(address);
      case types.string:
      case types.internedString:
        return this.#textOf(this.word(address + 8), this.word(address + 4));
      case types.array:
        return this.#listOf(this.word(address + 4), this.word(address + 8));
      case types.set:
        return new RegoSet(this.keysOf(address).map((key) => this.#valueOf(key)));
      case types.object:
        return new RegoObject(this.#entriesOf(address));
      default:
        return null;
    }
  }

  /** {type, form, number at 8}: a whole number of 64 bits, or the address and the length of its text. */
  #numberOf(address: number): Value {
    const whole = 1;
    const { view } = this.#memory;
    if (view.getUint8(address + 1) !== whole) {
      return readNumber(this.#textOf(this.word(address + 8), this.word(address + 12)));
    }
    const number = view.getBigInt64(address + 8, true);
    const double = Number(number);
    return Number.isSafeInteger(double) ? double : number;
  }

  #textOf(from: number, length: number): string {
    this.#take(length);
    return this.#memory.bytes.toString('utf8', from, from + length);
  }

  /** {index, value} for each member. */
  #listOf(members: number, length: number): readonly Value[] {
    return Array.from({ length }, (_, at) => this.#valueOf(this.word(members + 8 * at + 4)));
  }

  #entriesOf(object: number): readonly (readonly [Value, Value])[] {
    const [buckets, count] = [this.word(object + 4), this.word(object + 8)];
    const entries: (readonly [Value, Value])[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let member = this.word(buckets + 4 * at); member !== 0; member = this.word(member + 8)) {
        entries.push([this.#valueOf(this.word(member)), this.#valueOf(this.word(member + 4))]);
      }
    }
    return entries;
  }

  #take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new TooLarge();
  }
}
