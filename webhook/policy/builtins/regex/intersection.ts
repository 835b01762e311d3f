import { BuiltinError } from '../types.ts';
import type { Token } from './globs.ts';

/** Beyond so many pairs of elements the answer would take too much memory; each pair takes three bytes. */
const mostPairs = 4_000_000;

/**
 * Whether some text matches both globs, as the library that OPA uses finds it (github.com/yashtewari/glob-intersection):
 * a `*` swallows elements until what follows it matches all the way. Where that is not what set theory says, OPA's
 * answer stands. The library tries the same pairs of suffixes again and again; here each is decided once, from the end.
 */
export function intersect(lefts: readonly Token[], rights: readonly Token[]): boolean {
  const trimmed = trim(lefts, rights);
  return trimmed !== undefined && new Intersection(...trimmed).decide();
}

/**
 * Takes off what matches at both ends without `+` or `*`, leaving one element at each; undefined when something there
 * cannot match.
 */
function trim(
  lefts: readonly Token[],
  rights: readonly Token[],
): readonly [readonly Token[], readonly Token[]] | undefined {
  let from = 0;
  for (; from < Math.min(lefts.length, rights.length); from += 1) {
    const [left, right] = [lefts[from], rights[from]];
    if (left === undefined || right === undefined || left.flag !== '' || right.flag !== '') break;
    if (!canMatch(left, right)) return undefined;
  }
  from = Math.max(from - 1, 0);
  let back = 0;
  for (; back < Math.min(lefts.length, rights.length) - from; back += 1) {
    const [left, right] = [lefts.at(-1 - back), rights.at(-1 - back)];
    if (left === undefined || right === undefined || left.flag !== '' || right.flag !== '') break;
    if (!canMatch(left, right)) return undefined;
  }
  back = Math.max(back - 1, 0);
  return [lefts.slice(from, lefts.length - back), rights.slice(from, rights.length - back)];
}

function canMatch(a: Token, b: Token): boolean {
  if (a.ranges === 'any' || b.ranges === 'any') return true;
  const others = b.ranges;
  return a.ranges.some(([first, last]) => others.some(([from, to]) => first <= to && from <= last));
}

class Intersection {
  readonly #lefts: readonly Token[];
  readonly #rights: readonly Token[];
  readonly #width: number;
  /** By positions in both globs: whether the rests intersect; whether they do when the left or the right one repeats. */
  readonly #rest: Uint8Array;
  readonly #leftRepeats: Uint8Array;
  readonly #rightRepeats: Uint8Array;

  constructor(lefts: readonly Token[], rights: readonly Token[]) {
    this.#lefts = lefts;
    this.#rights = rights;
    this.#width = rights.length + 1;
    const pairs = (lefts.length + 1) * this.#width;
    if (pairs > mostPairs) throw new BuiltinError('the globs are too long');
    this.#rest = new Uint8Array(pairs);
    this.#leftRepeats = new Uint8Array(pairs);
    this.#rightRepeats = new Uint8Array(pairs);
  }

  decide(): boolean {
    for (let left = this.#lefts.length; left >= 0; left -= 1) {
      for (let right = this.#rights.length; right >= 0; right -= 1) this.#decidePair(left, right);
    }
    return this.#rest[0] === 1;
  }

  #decidePair(left: number, right: number): void {
    const [a, b] = [this.#lefts[left], this.#rights[right]];
    const at = left * this.#width + right;
    const [nextLeft, nextRight] = [at + this.#width, at + 1];
    const isMatch = a !== undefined && b !== undefined && canMatch(a, b);
    if (a !== undefined) {
      const following = this.#lefts[left + 1];
      const moves = following !== undefined && b !== undefined && canMatch(b, following);
      const swallows = isMatch && this.#leftRepeats[nextRight] === 1;
      const isDone = b === undefined ? following === undefined : (moves && this.#rest[nextLeft] === 1) || swallows;
      this.#leftRepeats[at] = Number(isDone);
    }
    if (b !== undefined) {
      const following = this.#rights[right + 1];
      const moves = following !== undefined && a !== undefined && canMatch(a, following);
      const swallows = isMatch && this.#rightRepeats[nextLeft] === 1;
      const isDone = a === undefined ? following === undefined : (moves && this.#rest[nextRight] === 1) || swallows;
      this.#rightRepeats[at] = Number(isDone);
    }
    this.#rest[at] = Number(this.#decideRest(a, b, isMatch, at));
  }

  #decideRest(a: Token | undefined, b: Token | undefined, isMatch: boolean, at: number): boolean {
    const [nextLeft, nextRight, nextBoth] = [at + this.#width, at + 1, at + this.#width + 1];
    if (a === undefined || b === undefined) return a === b;
    if (a.flag === '*') return this.#leftRepeats[at] === 1;
    if (a.flag === '+') {
      const swallowed = b.flag !== '' && this.#rest[nextLeft] === 1;
      return isMatch && (this.#leftRepeats[nextRight] === 1 || swallowed);
    }
    if (b.flag === '*') return this.#rightRepeats[at] === 1;
    if (b.flag === '+') return isMatch && this.#rightRepeats[nextLeft] === 1;
    return isMatch && this.#rest[nextBoth] === 1;
  }
}
