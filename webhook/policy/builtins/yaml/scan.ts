import { scanBlock } from './scan/block.ts';
import { Cursor, fail } from './scan/cursor.ts';
import { scanAnchor, scanDirective, scanTag } from './scan/names.ts';
import { scanPlain } from './scan/plain.ts';
import { scanQuoted } from './scan/quoted.ts';
import type { Mark, Token } from './scan/token.ts';

/** Deeper nesting is refused, as by go-yaml. */
const deepest = 10_000;
/** A key has to be followed by its colon on its line, within so many characters. */
const longestKey = 1_024;
/** So far go-yaml looks for another comment. */
const commentReach = 512;

/**
 * Takes YAML 1.1 apart as libyaml does, which go-yaml is made from. Indentation becomes marks where blocks begin and end.
 *
 * @throws BuiltinError for what cannot be part of any document.
 */
export function scan(text: string): readonly Token[] {
  return new Scanner(text).tokens();
}

/** Where a key may have begun: it is one when a colon follows. */
interface SimpleKey {
  readonly token: number;
  readonly at: number;
  readonly line: number;
  readonly column: number;
  /** In a block that began here only keys are allowed. */
  readonly isRequired: boolean;
}

class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens: Token[] = [];
  readonly #indents: number[] = [];
  #indent = -1;
  /** One for the block, and one for each flow collection around. */
  readonly #keys: (SimpleKey | undefined)[] = [undefined];
  #isKeyAllowed = true;

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  tokens(): readonly Token[] {
    while (this.#next()) this.#skipLineComment();
    return this.#tokens;
  }

  get #isFlow(): boolean {
    return this.#keys.length > 1;
  }

  /** Reads a token, and the marks before it; tells whether there is more. */
  #next(): boolean {
    const cursor = this.#cursor;
    this.#skipSpace();
    this.#closeBlocks(cursor.column);
    const here = cursor.peek();
    if (here === '') {
      this.#closeBlocks(-1);
      this.#dropKey();
      this.#push('end');
      return false;
    }
    if (cursor.column === 0 && here === '%') this.#directive();
    else if (cursor.isDocumentMark()) this.#documentMark();
    else if (here === '[' || here === '{') this.#openFlow(here);
    else if (here === ']' || here === '}') this.#closeFlow(here);
    else if (here === ',') this.#flowEntry();
    else if (here === '-' && cursor.isSpaceHere(1)) this.#blockEntry();
    else if (here === '?' && (this.#isFlow || cursor.isSpaceHere(1))) this.#key();
    else if (here === ':' && (this.#isFlow || cursor.isSpaceHere(1))) this.#value();
    else this.#content(here);
    return true;
  }

  #content(here: string): void {
    const cursor = this.#cursor;
    if (!this.#isFlow && (here === '|' || here === '>')) {
      this.#dropKey();
      this.#isKeyAllowed = true;
      this.#tokens.push({ kind: 'scalar', text: scanBlock(cursor, this.#indent), isQuoted: true });
      return;
    }
    if (!startsContent(cursor, here, this.#isFlow)) fail('found character that cannot start any token');
    this.#saveKey();
    this.#isKeyAllowed = false;
    if (here === '*') this.#tokens.push(scanAnchor(cursor, 'alias'));
    else if (here === '&') this.#tokens.push(scanAnchor(cursor, 'anchor'));
    else if (here === '!') this.#tokens.push(scanTag(cursor));
    else if (here === "'" || here === '"') {
      this.#tokens.push({ kind: 'scalar', text: scanQuoted(cursor), isQuoted: true });
    } else {
      const { text, endsLine } = scanPlain(cursor, this.#indent + 1, this.#isFlow);
      this.#isKeyAllowed ||= endsLine;
      this.#tokens.push({ kind: 'scalar', text, isQuoted: false });
    }
  }

  #directive(): void {
    this.#closeBlocks(-1);
    this.#dropKey();
    this.#isKeyAllowed = false;
    this.#tokens.push(scanDirective(this.#cursor));
  }

  #documentMark(): void {
    this.#closeBlocks(-1);
    this.#dropKey();
    this.#isKeyAllowed = false;
    this.#push(this.#cursor.peek() === '-' ? 'document start' : 'document end', 3);
  }

  #openFlow(mark: '[' | '{'): void {
    this.#saveKey();
    this.#keys.push(undefined);
    if (this.#keys.length > deepest + 1) fail('exceeded max depth');
    this.#isKeyAllowed = true;
    this.#push(mark, 1);
  }

  #closeFlow(mark: ']' | '}'): void {
    this.#dropKey();
    if (this.#isFlow) this.#keys.pop();
    this.#isKeyAllowed = false;
    this.#push(mark, 1);
  }

  #flowEntry(): void {
    this.#dropKey();
    this.#isKeyAllowed = true;
    this.#push(',', 1);
  }

  #blockEntry(): void {
    if (!this.#isFlow && !this.#isKeyAllowed) fail('block sequence entries are not allowed in this context');
    this.#openBlock('block sequence', this.#cursor.column);
    this.#dropKey();
    this.#isKeyAllowed = true;
    this.#push('-', 1);
  }

  #key(): void {
    if (!this.#isFlow && !this.#isKeyAllowed) fail('mapping keys are not allowed in this context');
    this.#openBlock('block mapping', this.#cursor.column);
    this.#dropKey();
    this.#isKeyAllowed = !this.#isFlow;
    this.#push('key', 1);
  }

  #value(): void {
    const key = this.#validKey();
    if (key !== undefined) {
      this.#tokens.splice(key.token, 0, { kind: 'key' });
      this.#openBlock('block mapping', key.column, key.token);
      this.#keys[this.#keys.length - 1] = undefined;
      this.#isKeyAllowed = false;
    } else {
      if (!this.#isFlow && !this.#isKeyAllowed) fail('mapping values are not allowed in this context');
      this.#openBlock('block mapping', this.#cursor.column);
      this.#isKeyAllowed = !this.#isFlow;
    }
    this.#push('value', 1);
  }

  #push(kind: Mark, length = 0): void {
    for (let at = 0; at < length; at += 1) this.#cursor.take();
    this.#tokens.push({ kind });
  }

  #openBlock(kind: 'block sequence' | 'block mapping', column: number, before = this.#tokens.length): void {
    if (this.#isFlow || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > deepest) fail('exceeded max depth');
    this.#tokens.splice(before, 0, { kind });
  }

  #closeBlocks(column: number): void {
    if (this.#isFlow) return;
    while (this.#indent > column) {
      this.#push('block end');
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #saveKey(): void {
    if (!this.#isKeyAllowed) return;
    const { at, line, column } = this.#cursor;
    const isRequired = !this.#isFlow && this.#indent === column;
    this.#dropKey();
    this.#keys[this.#keys.length - 1] = { token: this.#tokens.length, at, line, column, isRequired };
  }

  #dropKey(): void {
    if (this.#keys.at(-1)?.isRequired === true) fail("could not find expected ':'");
    this.#keys[this.#keys.length - 1] = undefined;
  }

  /** The key that may have begun before, unless it is too far away. */
  #validKey(): SimpleKey | undefined {
    const key = this.#keys.at(-1);
    if (key === undefined) return undefined;
    if (key.line === this.#cursor.line && this.#cursor.at - key.at <= longestKey) return key;
    if (key.isRequired) fail("could not find expected ':'");
    return undefined;
  }

  #skipSpace(): void {
    const cursor = this.#cursor;
    for (;;) {
      // Where a key may begin, a tab is no indentation.
      while (cursor.peek() === ' ' || (cursor.peek() === '\t' && (this.#isFlow || !this.#isKeyAllowed))) cursor.take();
      if (cursor.peek() === '#') this.#skipComments();
      if (!cursor.isBreakHere()) return;
      cursor.takeBreak();
      if (!this.#isFlow) this.#isKeyAllowed = true;
    }
  }

  /** A comment and those on the lines below, however they are indented. */
  #skipComments(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.skipToBreak();
      let ahead = 0;
      while (ahead < commentReach && (cursor.isBlankHere(ahead) || cursor.isBreakHere(ahead))) ahead += 1;
      if (ahead >= commentReach || cursor.peek(ahead) !== '#') return;
      while (cursor.peek() !== '#') {
        if (cursor.isBreakHere()) cursor.takeBreak();
        else cursor.take();
      }
    }
  }

  /** A comment right after a token may have tabs before it; not so after `-`, and not on a new line. */
  #skipLineComment(): void {
    const last = this.#tokens.at(-1)?.kind;
    if (this.#cursor.column === 0 || last === '-' || last === 'document start' || last === 'document end') return;
    let ahead = 0;
    while (ahead < commentReach && this.#cursor.isBlankHere(ahead)) ahead += 1;
    if (ahead < commentReach && this.#cursor.peek(ahead) === '#') this.#cursor.skipToBreak();
  }
}

/** Whether a scalar, alias, anchor or tag can begin here. */
function startsContent(cursor: Cursor, here: string, isFlow: boolean): boolean {
  if (here === '-') return !cursor.isBlankHere(1);
  if (here === '?' || here === ':') return !isFlow && !cursor.isSpaceHere(1);
  return !/^[ \t|>#%@`]$/.test(here);
}
