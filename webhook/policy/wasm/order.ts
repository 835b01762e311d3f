import { compare } from '../value/value.ts';
import type { Parsed } from './input.ts';
import type { Reader } from './reader.ts';

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
  readonly #reader: Reader;
  readonly #sorted = new Map<number, Sorted>();
  #parsed: Parsed | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** What is in memory is another thing from now on, but for the input, which others may have walked already. */
  begin(parsed: Parsed | undefined): void {
    this.#sorted.clear();
    this.#parsed = parsed;
  }

  /** Address of the key after `previous`, which is 0 for the first; 0 when there is none. */
  next(collection: number, previous: number): number {
    const sorted = this.#sortedOf(collection, previous === 0);
    const { keys } = sorted;
    if (previous === 0) sorted.at = 0;
    else sorted.at = (keys[sorted.at] === previous ? sorted.at : this.#positionOf(sorted, previous)) + 1;
    return keys[sorted.at] ?? 0;
  }

  /** A walk that begins looks whether the members are still those that were sorted; those of an input do not change. */
  #sortedOf(collection: number, isBeginning: boolean): Sorted {
    const [buckets, size] = [this.#reader.word(collection + 4), this.#reader.word(collection + 12)];
    const isOfInput = this.#isOfInput(collection);
    const all = isOfInput ? (this.#parsed?.sorted ?? this.#sorted) : this.#sorted;
    const known = all.get(collection);
    const isFresh = known?.buckets === buckets && known.size === size;
    if (isFresh && (isOfInput || !isBeginning)) return known;
    const found = this.#reader.keysOf(collection);
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

  #sort(keys: number[]): void {
    if (keys.length < 2) return;
    if (keys.every((key) => this.#reader.isText(key))) {
      keys.sort((left, right) => this.#reader.compareTexts(left, right));
      return;
    }
    const values = new Map(keys.map((key) => [key, this.#reader.valueOf(key)]));
    keys.sort((left, right) => compare(values.get(left) ?? null, values.get(right) ?? null));
  }

  #positionOf(sorted: Sorted, key: number): number {
    sorted.positions ??= new Map(sorted.keys.map((each, at) => [each, at]));
    const position = sorted.positions.get(key);
    if (position !== undefined) return position;
    // It is equal to one of the keys and stands elsewhere.
    const value = this.#reader.valueOf(key);
    return sorted.keys.findIndex((candidate) => compare(this.#reader.valueOf(candidate), value) === 0);
  }
}
