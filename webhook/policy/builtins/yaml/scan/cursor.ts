import { runes } from '../../go/runes.ts';
import { BuiltinError } from '../../types.ts';
import { isBreak } from '../style.ts';

/** A place in a text: each character counts one column, each break of YAML 1.1 ends a line. */
export class Cursor {
  readonly #characters: readonly string[];
  at = 0;
  line = 0;
  column = 0;

  constructor(text: string) {
    this.#characters = runes(text.replace(/^\ufeff/, ''));
  }

  /** The character here or further on; empty at the end. */
  peek(ahead = 0): string {
    return this.#characters[this.at + ahead] ?? '';
  }

  /** The next few characters. */
  next(count: number): string {
    return this.#characters.slice(this.at, this.at + count).join('');
  }

  take(): string {
    const character = this.peek();
    this.at += 1;
    this.column += 1;
    return character;
  }

  takeWhile(isWanted: (character: string) => boolean): string {
    const start = this.at;
    while (this.peek() !== '' && isWanted(this.peek())) this.take();
    return this.slice(start);
  }

  /** What was passed over since a place. */
  slice(from: number): string {
    return this.#characters.slice(from, this.at).join('');
  }

  /** Passes over a break and gives what stands for it in a scalar. */
  takeBreak(): string {
    const character = this.peek();
    if (!isBreak(character) || character === '') return '';
    this.at += character === '\r' && this.peek(1) === '\n' ? 2 : 1;
    this.line += 1;
    this.column = 0;
    return character === '\u2028' || character === '\u2029' ? character : '\n';
  }

  isBreakHere(ahead = 0): boolean {
    const character = this.peek(ahead);
    return character !== '' && isBreak(character);
  }

  isBlankHere(ahead = 0): boolean {
    return isBlank(this.peek(ahead));
  }

  /** Blank, a break, or the end. */
  isSpaceHere(ahead = 0): boolean {
    return this.peek(ahead) === '' || this.isBlankHere(ahead) || this.isBreakHere(ahead);
  }

  /** `---` or `...` at the start of a line, alone. */
  isDocumentMark(): boolean {
    if (this.column !== 0 || !this.isSpaceHere(3)) return false;
    const text = this.next(3);
    return text === '---' || text === '...';
  }

  skipToBreak(): void {
    while (this.peek() !== '' && !this.isBreakHere()) this.take();
  }
}

export function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

export function fail(problem: string): never {
  throw new BuiltinError(`yaml: ${problem}`);
}
