/** A word or a sign of Rego. Comments and white space are left out. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign';
  /** As written; of a string, its value. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Open brackets around it. */
  readonly depth: number;
}

const space = /[\s\ufeff]+/y;
const comment = /#[^\n]*/y;
const nameWord = /[A-Za-z_][A-Za-z0-9_]*/y;
const numberWord = /\d[\w.]*/y;
const quoted = /"(?:[^"\\\n]|\\.)*"/y;
const raw = /`[^`]*`/y;

/**
 * Splits Rego into tokens, far enough to see which rules it has and what it refers to; OPA is the one that says whether it
 * is Rego. A text that ends within a string ends there. What an interpolated string (`$"… {input.x} …"`) refers to stands
 * among the tokens.
 */
export function readTokens(text: string): readonly Token[] {
  const lexer = new Lexer(text);
  lexer.code(false);
  return lexer.tokens;
}

/** A comment, without its `#`. */
export interface Comment {
  readonly text: string;
  /** Both count from 1; the column is that of the `#`. */
  readonly line: number;
  readonly column: number;
}

/** The comments of a Rego text, of which strings may hold the likeness. */
export function readComments(text: string): readonly Comment[] {
  const lexer = new Lexer(text);
  lexer.code(false);
  return lexer.comments;
}

class Lexer {
  readonly tokens: Token[] = [];
  readonly comments: Comment[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads to the end of the text; within an interpolation, to the brace that closes it. */
  code(isInterpolation: boolean): void {
    const base = this.#depth;
    while (this.#at < this.#text.length) {
      if (this.#skip(space) || this.#comment()) continue;
      if (isInterpolation && this.#depth === base && this.#text[this.#at] === '}') return;
      this.#token();
    }
  }

  #token(): void {
    const character = this.#text[this.#at] ?? '';
    if (character === '$' && /["`]/.test(this.#text[this.#at + 1] ?? '')) {
      this.#interpolated();
      return;
    }
    const word =
      this.#word('name', nameWord) ??
      this.#word('number', numberWord) ??
      this.#word('string', quoted) ??
      this.#word('string', raw);
    if (word !== undefined) return;
    // The end of a string is missing, so that nothing after it is known.
    if (character === '"' || character === '`') {
      this.#advance(this.#text.length - this.#at);
      return;
    }
    if ('([{'.includes(character)) this.#depth += 1;
    if (')]}'.includes(character)) this.#depth = Math.max(0, this.#depth - 1);
    this.#push('sign', character, 1);
  }

  /** `$"text {term} text"`; a brace of the text is written `\{`. */
  #interpolated(): void {
    const quote = this.#text[this.#at + 1] ?? '';
    this.#advance(2);
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      this.#advance(character === '\\' ? 2 : 1);
      if (character === quote) return;
      if (character === '{') {
        this.code(true);
        this.#advance(1);
      }
    }
  }

  #word(kind: 'name' | 'number' | 'string', pattern: RegExp): true | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#push(kind, kind === 'string' ? valueOf(found) : found, found.length);
    return true;
  }

  #push(kind: Token['kind'], text: string, length: number): void {
    const [start, line] = [this.#at, this.#line];
    const column = start - this.#lineStart + 1;
    this.tokens.push({ kind, text, start, end: start + length, line, column, depth: this.#depth });
    this.#advance(length);
  }

  #comment(): boolean {
    const [start, line, column] = [this.#at, this.#line, this.#at - this.#lineStart + 1];
    if (!this.#skip(comment)) return false;
    this.comments.push({ text: this.#text.slice(start + 1, this.#at), line, column });
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return false;
    this.#advance(found.length);
    return true;
  }

  #advance(length: number): void {
    const end = Math.min(this.#at + length, this.#text.length);
    for (; this.#at < end; this.#at += 1) {
      if (this.#text[this.#at] !== '\n') continue;
      this.#line += 1;
      this.#lineStart = this.#at + 1;
    }
  }
}

/** A string's value; its text between the quotes where an escape is not JSON's. */
function valueOf(written: string): string {
  const inner = written.slice(1, -1);
  if (written.startsWith('`') || !inner.includes('\\')) return inner;
  try {
    return JSON.parse(written) as string;
  } catch {
    return inner;
  }
}
