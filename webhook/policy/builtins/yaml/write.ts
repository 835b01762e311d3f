import { runes } from '../go/runes.ts';
import { compareKeys } from './order.ts';
import type { Writable } from './reread.ts';
import { chooseStyle, isBreak, quoteDouble } from './style.ts';
import type { Style } from './style.ts';

/** Writes a document as go-yaml v3 does with two spaces of indent and lines of any length. */
export function write(value: Writable): string {
  return new YamlWriter().document(value);
}

/** Keys beyond this many bytes are written with `?`. */
const longestSimpleKey = 128;

class YamlWriter {
  #out = '';
  #indent = -1;
  #column = 0;
  /** The last character was a space or a line break. */
  #isSpace = true;
  /** Nothing but indentation and indicators stands on the line. */
  #isIndentation = true;

  document(value: Writable): string {
    this.#node(value);
    this.#startLine();
    return this.#out;
  }

  #node(value: Writable): void {
    switch (value.kind) {
      case 'plain':
        this.#scalar(value.text, 'plain');
        return;
      case 'string':
        this.#scalar(value.text, chooseStyle(value.text));
        return;
      case 'sequence':
        if (value.items.length === 0) this.#indicator('[]', true);
        else this.#block(() => value.items.forEach((item) => this.#item(item)));
        return;
      case 'mapping': {
        const sorted = value.entries.toSorted(([a], [b]) => compareKeys(a, b));
        if (sorted.length === 0) this.#indicator('{}', true);
        else this.#block(() => sorted.forEach(([key, of]) => this.#entry(key, of)));
        return;
      }
    }
  }

  #block(write: () => void): void {
    const outer = this.#indent;
    this.#indent += this.#indent < 0 ? 1 : 2;
    write();
    this.#indent = outer;
  }

  #item(item: Writable): void {
    this.#startLine();
    this.#indicator('-', true, true);
    this.#node(item);
  }

  #entry(key: string, value: Writable): void {
    this.#startLine();
    const isSimple = !runes(key).some(isBreak) && Buffer.byteLength(key) <= longestSimpleKey;
    if (isSimple) {
      this.#node({ kind: 'string', text: key });
      this.#indicator(':', false);
    } else {
      this.#indicator('?', true, true);
      this.#node({ kind: 'string', text: key });
      this.#startLine();
      this.#indicator(':', true, true);
    }
    this.#node(value);
  }

  #scalar(text: string, style: Style): void {
    const outer = this.#indent;
    this.#indent += this.#indent < 0 ? 3 : 2;
    if (style === 'plain') {
      if (text !== '' && !this.#isSpace) this.#put(' ');
      this.#put(text);
    } else if (style === 'double') {
      this.#indicator(quoteDouble(text), true);
    } else if (style === 'single') {
      this.#single(text);
    } else {
      this.#literal(text);
    }
    if (style !== 'literal') {
      this.#isSpace = false;
      this.#isIndentation = false;
    }
    this.#indent = outer;
  }

  #single(text: string): void {
    this.#indicator("'", true);
    let isAfterBreak = false;
    for (const character of runes(text)) {
      if (isBreak(character)) {
        this.#put(character);
        this.#column = 0;
        this.#isIndentation = true;
        isAfterBreak = true;
        continue;
      }
      if (isAfterBreak && character !== ' ') this.#startLine();
      if (character !== ' ') isAfterBreak = false;
      this.#put(character === "'" ? "''" : character);
      if (character !== ' ') this.#isIndentation = false;
    }
    this.#indicator("'", false);
  }

  #literal(text: string): void {
    const characters = runes(text);
    const last = characters.slice(-2).map(isBreak);
    const startsBlank = /^[ \n\r\u0085\u2028\u2029]/.test(text);
    const ends = last.at(-1) === true ? (last.length === 1 || last[0] === true ? '+' : '') : '-';
    this.#indicator('|', true);
    if (startsBlank) this.#indicator('2', false);
    if (ends !== '') this.#indicator(ends, false);
    this.#break('\n');
    this.#isSpace = true;
    let isAfterBreak = true;
    for (const character of characters) {
      if (isBreak(character)) {
        this.#break(character);
        isAfterBreak = true;
        continue;
      }
      if (isAfterBreak) this.#startLine();
      this.#put(character);
      this.#isIndentation = false;
      isAfterBreak = false;
    }
  }

  /** Goes to the indent, on a new line unless only indicators stand before it. */
  #startLine(): void {
    const indent = Math.max(this.#indent, 0);
    const isPast = this.#column > indent || (this.#column === indent && !this.#isSpace);
    if (!this.#isIndentation || isPast) this.#break('\n');
    this.#put(' '.repeat(Math.max(indent - this.#column, 0)));
    this.#isSpace = true;
  }

  #indicator(text: string, needsSpace: boolean, isIndentation = false): void {
    if (needsSpace && !this.#isSpace) this.#put(' ');
    this.#put(text);
    this.#isSpace = false;
    this.#isIndentation &&= isIndentation;
  }

  #break(character: string): void {
    this.#out += character;
    this.#column = 0;
    this.#isIndentation = true;
  }

  #put(text: string): void {
    this.#out += text;
    this.#column += text.length;
  }
}
