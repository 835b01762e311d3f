import { runes } from '../go/runes.ts';
import { BuiltinError } from '../types.ts';

/** Characters from first to last, by code point. */
type Range = readonly [first: number, last: number];

/** One element of a glob: any character, or one of these; once, at least once (`+`), or any number of times (`*`). */
export interface Token {
  readonly ranges: 'any' | readonly Range[];
  readonly flag: '' | '+' | '*';
}

/**
 * Reads the globs that `regex.globs_match` compares: characters, `.`, sets like `[a-z0-9]`, each with `+` or `*`.
 *
 * @throws BuiltinError for what is no such glob.
 */
export function readGlob(text: string): readonly Token[] {
  return simplify(new GlobReader(text).tokens());
}

interface Character {
  readonly character: string;
  readonly isEscaped: boolean;
}

class GlobReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#characters = runes(text);
  }

  tokens(): readonly Token[] {
    const tokens: Token[] = [];
    while (this.#at < this.#characters.length) {
      const ranges = this.#element();
      const flag = this.#characters[this.#at];
      const isFlag = flag === '+' || flag === '*';
      if (isFlag) this.#at += 1;
      tokens.push({ ranges, flag: isFlag ? flag : '' });
    }
    return tokens;
  }

  #element(): Token['ranges'] {
    const { character, isEscaped } = this.#next();
    if (isEscaped) return [rangeOf(character)];
    if (character === '.') return 'any';
    if (character === '[') return this.#set();
    if (']+*'.includes(character)) throw new BuiltinError(`${character} without what belongs before it`);
    return [rangeOf(character)];
  }

  #set(): readonly Range[] {
    const ranges: Range[] = [];
    let previous: string | undefined;
    while (this.#at < this.#characters.length) {
      const { character, isEscaped } = this.#next();
      if (!isEscaped && character === ']') return normalize(ranges);
      if (!isEscaped && character === '-') {
        if (previous === undefined) throw new BuiltinError('- must follow a character');
        ranges.push(this.#range(previous));
        previous = undefined;
      } else {
        ranges.push(rangeOf(character));
        previous = character;
      }
    }
    throw new BuiltinError('[ without ]');
  }

  #range(from: string): Range {
    if (this.#at >= this.#characters.length - 1) throw new BuiltinError('- must be followed by a character');
    const { character, isEscaped } = this.#next();
    const [first, last] = [codeOf(from), codeOf(character)];
    if ((!isEscaped && ']-'.includes(character)) || last < first) throw new BuiltinError('the range is out of order');
    return [first, last];
  }

  #next(): Character {
    const [character = '', following] = this.#characters.slice(this.#at, this.#at + 2);
    if (character !== '\\') {
      this.#at += 1;
      return { character, isEscaped: false };
    }
    if (following === undefined) throw new BuiltinError('\\ at the end');
    this.#at += 2;
    return { character: following, isEscaped: true };
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function rangeOf(character: string): Range {
  return [codeOf(character), codeOf(character)];
}

/** Ranges in order, none touching another: equal sets have equal ranges. */
function normalize(ranges: readonly Range[]): readonly Range[] {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** Of repeated elements that are the same, one stays: `a+a*` is `a+`. */
function simplify(tokens: readonly Token[]): readonly Token[] {
  const simple: Token[] = [];
  for (const token of tokens) {
    const latest = simple.at(-1);
    if (latest !== undefined && latest.flag !== '' && token.flag !== '' && isSame(latest, token)) {
      const flag = latest.flag === '+' || token.flag === '+' ? '+' : '*';
      simple[simple.length - 1] = { ...latest, flag };
    } else simple.push(token);
  }
  return simple;
}

function isSame(a: Token, b: Token): boolean {
  return JSON.stringify(a.ranges) === JSON.stringify(b.ranges);
}
