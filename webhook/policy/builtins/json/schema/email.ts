import { isIP } from 'node:net';

/** Characters of an atom, with dots; beyond ASCII all are allowed (Go `net/mail`, RFC 5322 and 6532). */
const atom = /[^\0-\x20\x7f()<>[\]:;@\\,"]+/y;
const quoted = /"(?:[^\0-\x08\x0a-\x1f\x7f"\\]|\\[^\0-\x08\x0a-\x1f\x7f])*"/uy;
const literal = /\[([^\0-\x20\x7f[\]\\]*)\]/y;
const space = /[ \t]*/y;

/** Whether a text is one address, with or without a name: `a@example.com`, `Ada <a@example.com>`. */
export function isEmail(text: string): boolean {
  return new AddressReader(text).isSingle();
}

class AddressReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isSingle(): boolean {
    const count = this.#addresses(true);
    return count === 1 && this.#comments() && this.#at === this.#text.length;
  }

  /** Reads an address, or a group of some; tells how many there were, undefined for what is none. */
  #addresses(mayBeGroup: boolean): number | undefined {
    this.#take(space);
    if (this.#spec()) {
      this.#take(space);
      return this.#here() !== '(' || this.#comment() ? 1 : undefined;
    }
    if (this.#here() !== '<' && !this.#phrase()) return undefined;
    this.#take(space);
    if (mayBeGroup && this.#skip(':')) return this.#group();
    return this.#skip('<') && this.#spec() && this.#skip('>') ? 1 : undefined;
  }

  #group(): number | undefined {
    let count = 0;
    this.#take(space);
    if (this.#skip(';')) return this.#comments() ? count : undefined;
    for (;;) {
      const found = this.#addresses(false);
      if (found === undefined || !this.#comments()) return undefined;
      count += found;
      if (this.#skip(';')) return this.#comments() ? count : undefined;
      if (!this.#skip(',')) return undefined;
    }
  }

  /** `local@domain`; where it is none nothing is read. */
  #spec(): boolean {
    const start = this.#at;
    this.#take(space);
    const isLocal = this.#here() === '"' ? (this.#take(quoted)?.length ?? 0) > 2 : this.#dotAtom();
    if (isLocal && this.#skip('@') && this.#domain()) return true;
    this.#at = start;
    return false;
  }

  #domain(): boolean {
    this.#take(space);
    if (this.#here() !== '[') return this.#dotAtom();
    const text = this.#take(literal);
    return text !== undefined && isIP(text.slice(1, -1)) !== 0 && !text.includes('%');
  }

  #dotAtom(): boolean {
    const text = this.#take(atom);
    return text !== undefined && !text.startsWith('.') && !text.endsWith('.') && !text.includes('..');
  }

  /** Words with comments between them; what ends it is not looked at. */
  #phrase(): boolean {
    for (let words = 0; ; words += 1) {
      if (words > 0 && !this.#comments()) return false;
      this.#take(space);
      if (this.#take(this.#here() === '"' ? quoted : atom) === undefined) {
        return words > 0 || this.#at === this.#text.length;
      }
    }
  }

  /** Comments in parentheses, which may hold each other. */
  #comments(): boolean {
    this.#take(space);
    while (this.#here() === '(') {
      if (!this.#comment()) return false;
      this.#take(space);
    }
    return true;
  }

  #comment(): boolean {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const here = this.#here();
      this.#at += here === '\\' && this.#at + 1 < this.#text.length ? 2 : 1;
      if (here === '(') depth += 1;
      if (here === ')') depth -= 1;
      if (depth === 0) return true;
    }
    return false;
  }

  #here(): string {
    return this.#text[this.#at] ?? '';
  }

  #skip(character: string): boolean {
    if (this.#here() !== character) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    this.#at += text?.length ?? 0;
    return text;
  }
}
