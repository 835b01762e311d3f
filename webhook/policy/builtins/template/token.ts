import { BuiltinError } from '../types.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'keyword'
  | 'identifier'
  | 'bool'
  | 'field'
  | 'dot'
  | 'variable'
  | 'number'
  | 'character'
  | 'string'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'comma'
  | 'other'
  | '('
  | ')'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const keywords = new Set('block break continue define else end if range nil template with'.split(' '));

/** What may follow a word: a space, the end of the action, or what separates operands. */
const terminator = /[ \t\r\n.,|:()]|\}\}|$/y;
const word = /[\p{L}\p{Nd}_]+/uy;
const number =
  /[+-]?(?:0[xX][\dA-Fa-f_]*(?:\.[\dA-Fa-f_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;
const string = /"(?:\\[^\n]|[^"\\\n])*"/uy;
const rawString = /`[^`]*`/y;
const character = /'(?:\\[^\n]|[^'\\\n])*'/uy;

/**
 * Takes a template of Go's text/template apart. Space beside `{{- ` and ` -}}` is trimmed, comments are gone.
 *
 * @throws BuiltinError for what no action may hold.
 */
export function tokenize(source: string): readonly Token[] {
  return new Lexer(source).tokens();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  tokens(): readonly Token[] {
    for (let isTrimmed = false; this.#at < this.#source.length;) isTrimmed = this.#text(isTrimmed);
    return [...this.#tokens, { kind: 'end', text: '' }];
  }

  /** Text up to the next action, and that action; tells whether the text after it is to be trimmed. */
  #text(isTrimmed: boolean): boolean {
    const open = this.#source.indexOf('{{', this.#at);
    const text = this.#source.slice(this.#at, open < 0 ? undefined : open);
    const trimsBefore = open >= 0 && /^-[ \t\r\n]/.test(this.#source.slice(open + 2, open + 4));
    const start = isTrimmed ? text.replace(/^[ \t\r\n]+/, '') : text;
    const trimmed = trimsBefore ? trimRight(start) : start;
    if (trimmed !== '') this.#push('text', trimmed);
    if (open < 0) {
      this.#at = this.#source.length;
      return false;
    }
    this.#at = open + 2 + (trimsBefore ? 2 : 0);
    return this.#source.startsWith('/*', this.#at) ? this.#comment() : this.#action();
  }

  #comment(): boolean {
    const close = this.#source.indexOf('*/', this.#at + 2);
    if (close < 0) throw new BuiltinError('unclosed comment');
    this.#at = close + 2;
    const isTrimmed = this.#close();
    if (isTrimmed === undefined) throw new BuiltinError('comment ends before closing delimiter');
    return isTrimmed;
  }

  #action(): boolean {
    this.#push('open', '{{');
    let depth = 0;
    for (;;) {
      const isTrimmed = this.#close();
      if (isTrimmed !== undefined) {
        if (depth > 0) throw new BuiltinError('unclosed left paren');
        this.#push('close', '}}');
        return isTrimmed;
      }
      const token = this.#token();
      if (token === '(') depth += 1;
      if (token === ')') depth -= 1;
      if (depth < 0) throw new BuiltinError('unexpected right paren');
    }
  }

  /** Passes over the end of an action if it is here; tells whether it trims what follows. */
  #close(): boolean | undefined {
    const marked = /^[ \t\r\n]-\}\}/.test(this.#source.slice(this.#at, this.#at + 4));
    if (!marked && !this.#source.startsWith('}}', this.#at)) return undefined;
    this.#at += marked ? 4 : 2;
    return marked;
  }

  #token(): TokenKind {
    const here = this.#source[this.#at];
    if (here === undefined) throw new BuiltinError('unclosed action');
    if (/[ \t\r\n]/.test(here)) return this.#space();
    switch (here) {
      case '=':
        return this.#take('assign', 1);
      case ':':
        if (this.#source[this.#at + 1] !== '=') throw new BuiltinError('expected :=');
        return this.#take('declare', 2);
      case '|':
        return this.#take('pipe', 1);
      case ',':
        return this.#take('comma', 1);
      case '(':
      case ')':
        return this.#take(here, 1);
      case '"':
        return this.#match('string', string);
      case '`':
        return this.#match('string', rawString);
      case "'":
        return this.#match('character', character);
      case '$':
        return this.#word('variable', 1);
    }
    if (here === '.' && !/[0-9]/.test(this.#source[this.#at + 1] ?? '')) return this.#word('field', 1);
    if (/[.+\-0-9]/.test(here)) return this.#number();
    if (this.#peek(word) !== undefined) return this.#word('identifier', 0);
    if (/[!-~]/.test(here)) return this.#take('other', 1);
    throw new BuiltinError('unrecognized character in action');
  }

  /** Space up to what is no space, but for the one that belongs to ` -}}`. */
  #space(): TokenKind {
    let end = this.#at;
    while (/[ \t\r\n]/.test(this.#source[end] ?? '')) end += 1;
    if (this.#source.startsWith('-}}', end)) end -= 1;
    return end > this.#at ? this.#take('space', end - this.#at) : 'space';
  }

  #number(): TokenKind {
    const text = this.#peek(number) ?? '';
    this.#at += text.length;
    if (this.#peek(word) !== undefined || /[+-]/.test(this.#source[this.#at] ?? '')) {
      throw new BuiltinError(`bad number syntax: ${text}`);
    }
    return this.#push('number', text);
  }

  #word(kind: 'identifier' | 'field' | 'variable', lead: number): TokenKind {
    const start = this.#at;
    this.#at += lead;
    this.#at += this.#peek(word)?.length ?? 0;
    terminator.lastIndex = this.#at;
    if (!terminator.test(this.#source)) throw new BuiltinError('bad character in a name');
    const text = this.#source.slice(start, this.#at);
    if (kind === 'field') return this.#push(text === '.' ? 'dot' : 'field', text);
    if (kind === 'variable') return this.#push(kind, text);
    if (keywords.has(text)) return this.#push('keyword', text);
    return this.#push(text === 'true' || text === 'false' ? 'bool' : 'identifier', text);
  }

  #match(kind: TokenKind, pattern: RegExp): TokenKind {
    const text = this.#peek(pattern);
    if (text === undefined) throw new BuiltinError('unterminated constant');
    this.#at += text.length;
    return this.#push(kind, text);
  }

  #peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#source)?.[0];
  }

  #take(kind: TokenKind, length: number): TokenKind {
    this.#at += length;
    return this.#push(kind, this.#source.slice(this.#at - length, this.#at));
  }

  #push(kind: TokenKind, text: string): TokenKind {
    this.#tokens.push({ kind, text });
    return kind;
  }
}

/** A regular expression for this would look at each run of spaces from each of its characters. */
function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n'.includes(text[end - 1] ?? 'x')) end -= 1;
  return text.slice(0, end);
}
