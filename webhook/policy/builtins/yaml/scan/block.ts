import { fail, isBlank } from './cursor.ts';
import type { Cursor } from './cursor.ts';

/** A literal (`|`) or folded (`>`) scalar inside a block with the given indent, -1 outside of any. */
export function scanBlock(cursor: Cursor, outer: number): string {
  const isLiteral = cursor.take() === '|';
  const { chomping, increment } = scanHeader(cursor);
  const block = new BlockScalar(cursor, outer, increment === 0 ? 0 : Math.max(outer, 0) + increment);
  return block.scan(isLiteral, chomping);
}

type Chomping = '' | '+' | '-';

/** Chomping and indentation indicator, in either order, and a comment. */
function scanHeader(cursor: Cursor): { readonly chomping: Chomping; readonly increment: number } {
  let chomping = scanChomping(cursor);
  const digit = /^\d$/.test(cursor.peek()) ? cursor.take() : '';
  if (digit === '0') fail('found an indentation indicator equal to 0');
  if (chomping === '' && digit !== '') chomping = scanChomping(cursor);
  cursor.takeWhile(isBlank);
  if (cursor.peek() === '#') cursor.skipToBreak();
  if (cursor.peek() !== '' && !cursor.isBreakHere()) fail('did not find expected comment or line break');
  cursor.takeBreak();
  return { chomping, increment: Number(digit) };
}

function scanChomping(cursor: Cursor): Chomping {
  const character = cursor.peek();
  if (character !== '+' && character !== '-') return '';
  cursor.take();
  return character;
}

class BlockScalar {
  readonly #cursor: Cursor;
  readonly #outer: number;
  /** 0 until the first line that is not empty tells it. */
  #indent: number;
  #breaks = '';

  constructor(cursor: Cursor, outer: number, indent: number) {
    this.#cursor = cursor;
    this.#outer = outer;
    this.#indent = indent;
  }

  scan(isLiteral: boolean, chomping: Chomping): string {
    const parts: string[] = [];
    let lineBreak = '';
    let wasBlank = false;
    this.#scanBreaks();
    while (this.#cursor.column === this.#indent && this.#cursor.peek() !== '') {
      const startsBlank = this.#cursor.isBlankHere();
      const isFolded = !isLiteral && !wasBlank && !startsBlank && lineBreak === '\n';
      parts.push(isFolded ? (this.#breaks === '' ? ' ' : '') : lineBreak, this.#breaks);
      this.#breaks = '';
      wasBlank = startsBlank;
      const start = this.#cursor.at;
      this.#cursor.skipToBreak();
      parts.push(this.#cursor.slice(start));
      lineBreak = this.#cursor.takeBreak();
      this.#scanBreaks();
    }
    if (chomping !== '-') parts.push(lineBreak);
    if (chomping === '+') parts.push(this.#breaks);
    return parts.join('');
  }

  /** Empty lines, and the indentation of the one after them. */
  #scanBreaks(): void {
    const cursor = this.#cursor;
    let widest = 0;
    for (;;) {
      const isInside = () => this.#indent === 0 || cursor.column < this.#indent;
      while (isInside() && cursor.peek() === ' ') cursor.take();
      widest = Math.max(widest, cursor.column);
      if (isInside() && cursor.peek() === '\t') fail('found a tab character where an indentation space is expected');
      if (!cursor.isBreakHere()) break;
      this.#breaks += cursor.takeBreak();
    }
    if (this.#indent === 0) this.#indent = Math.max(widest, this.#outer + 1, 1);
  }
}
