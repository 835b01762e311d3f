import type { Cursor } from './cursor.ts';

/** Blanks and breaks between the words of a scalar: one break becomes a space, of several all but the first stay. */
export class Folding {
  readonly #cursor: Cursor;
  #blanks = '';
  #firstBreak = '';
  #otherBreaks = '';
  /** There was a break: blanks no longer count. */
  hasBreak = false;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  get isEmpty(): boolean {
    return this.#blanks === '' && !this.hasBreak;
  }

  /** Takes blanks and breaks; `checkBlank` looks at each blank after a break. */
  scan(hasBreak = false, checkBlank?: () => void): void {
    this.hasBreak ||= hasBreak;
    for (;;) {
      if (this.#cursor.isBlankHere()) {
        if (this.hasBreak) checkBlank?.();
        const blank = this.#cursor.take();
        if (!this.hasBreak) this.#blanks += blank;
      } else if (this.#cursor.isBreakHere()) {
        const text = this.#cursor.takeBreak();
        if (this.hasBreak) this.#otherBreaks += text;
        else this.#firstBreak = text;
        this.#blanks = '';
        this.hasBreak = true;
      } else return;
    }
  }

  /** What stands for them in the scalar; then it is empty again. */
  join(): string {
    const isFolded = this.#firstBreak === '\n';
    const folded = isFolded ? this.#otherBreaks || ' ' : this.#firstBreak + this.#otherBreaks;
    const text = this.hasBreak ? folded : this.#blanks;
    [this.#blanks, this.#firstBreak, this.#otherBreaks, this.hasBreak] = ['', '', '', false];
    return text;
  }
}
