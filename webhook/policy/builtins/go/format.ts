import type { GoValue } from './value.ts';
import { noFlags, printArgument } from './verbs.ts';
import type { Flags } from './verbs.ts';

/** Beyond this Go takes a width, a precision or the number of an argument for a mistake. */
const largest = 1e6;

/** Formats as Go's `fmt.Sprintf` does: verbs, flags, widths, `%[2]d`, `*`, and its complaints, `%!d(MISSING)`. */
export function format(text: string, args: readonly GoValue[]): string {
  return new Formatter(text, args).run();
}

class Formatter {
  readonly #text: string;
  readonly #args: readonly GoValue[];
  readonly #out: string[] = [];
  #at = 0;
  #argument = 0;
  /** Arguments were taken out of order: then nobody complains about those left over. */
  #isReordered = false;
  #isGoodIndex = true;
  /** An index like `[3]` was just read. */
  #isAfterIndex = false;

  constructor(text: string, args: readonly GoValue[]) {
    this.#text = text;
    this.#args = args;
  }

  run(): string {
    while (this.#at < this.#text.length) {
      const next = this.#text.indexOf('%', this.#at);
      const end = next < 0 ? this.#text.length : next;
      this.#out.push(this.#text.slice(this.#at, end));
      this.#at = end + 1;
      if (next >= 0) this.#directive();
    }
    this.#complainOfRest();
    return this.#out.join('');
  }

  #directive(): void {
    this.#isGoodIndex = true;
    const marks = this.#flags();
    this.#index();
    const width = this.#width();
    const isNegative = width !== undefined && width < 0;
    const precision = this.#precision();
    if (!this.#isAfterIndex) this.#index();
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) {
      this.#out.push('%!(NOVERB)');
      return;
    }
    const verb = String.fromCodePoint(code);
    this.#at += verb.length;
    const isValue = verb === 'v' || verb === 'w';
    const [plus, sharp] = [marks.includes('+'), marks.includes('#')];
    this.#print(verb, {
      plus: plus && !isValue,
      plusV: plus && isValue,
      sharp: sharp && !isValue,
      sharpV: sharp && isValue,
      minus: marks.includes('-') || isNegative,
      zero: marks.includes('0') && !isNegative,
      space: marks.includes(' '),
      width: isNegative ? -width : width,
      precision,
    });
  }

  #print(verb: string, flags: Flags): void {
    const value = this.#args[this.#argument];
    if (verb === '%') this.#out.push('%');
    else if (!this.#isGoodIndex) this.#out.push(`%!${verb}(BADINDEX)`);
    else if (value === undefined) this.#out.push(`%!${verb}(MISSING)`);
    else {
      this.#out.push(printArgument(value, verb, flags));
      this.#argument += 1;
    }
  }

  #flags(): string {
    const from = this.#at;
    while ('#0+- '.includes(this.#text[this.#at] ?? '%')) this.#at += 1;
    return this.#text.slice(from, this.#at);
  }

  /** A negative width, which only an argument can ask for, puts the padding to the right. */
  #width(): number | undefined {
    if (this.#text[this.#at] !== '*') {
      const width = this.#number();
      if (this.#isAfterIndex && width !== undefined) this.#isGoodIndex = false;
      return width;
    }
    this.#at += 1;
    const width = this.#numberOfArgument();
    if (width === undefined) this.#out.push('%!(BADWIDTH)');
    this.#isAfterIndex = false;
    return width;
  }

  #precision(): number | undefined {
    // A point that ends the text is no precision but the verb.
    if (this.#text[this.#at] !== '.' || this.#at + 1 >= this.#text.length) return undefined;
    this.#at += 1;
    if (this.#isAfterIndex) this.#isGoodIndex = false;
    this.#index();
    if (this.#text[this.#at] !== '*') return this.#number() ?? 0;
    this.#at += 1;
    const precision = this.#numberOfArgument();
    const isGood = precision !== undefined && precision >= 0;
    if (!isGood) this.#out.push('%!(BADPREC)');
    this.#isAfterIndex = false;
    return isGood ? precision : undefined;
  }

  /** Reads `[n]`, counted from one; a bad one is passed over up to its bracket. */
  #index(): void {
    this.#isAfterIndex = false;
    if (this.#text[this.#at] !== '[') return;
    this.#isReordered = true;
    const close = this.#text.indexOf(']', this.#at);
    const isClosed = close >= 0 && this.#text.length - this.#at >= 3;
    const digits = isClosed ? this.#text.slice(this.#at + 1, close) : '';
    const index = /^\d+$/.test(digits) && isAllowed(digits) ? Number(digits) : undefined;
    this.#at = isClosed ? close + 1 : this.#at + 1;
    this.#isAfterIndex = index !== undefined;
    if (index !== undefined && index >= 1 && index <= this.#args.length) this.#argument = index - 1;
    else this.#isGoodIndex = false;
  }

  /** Reads digits; so many that Go gives up on them swallow the rest of the text. */
  #number(): number | undefined {
    const pattern = /\d*/y;
    pattern.lastIndex = this.#at;
    const [digits = ''] = pattern.exec(this.#text) ?? [];
    if (digits === '') return undefined;
    if (isAllowed(digits)) {
      this.#at += digits.length;
      return Number(digits);
    }
    this.#at = this.#text.length;
    return undefined;
  }

  /** The number that `*` takes from the arguments. */
  #numberOfArgument(): number | undefined {
    const value = this.#args[this.#argument];
    if (value === undefined) return undefined;
    this.#argument += 1;
    if (value.type !== 'int' && value.type !== 'int64') return undefined;
    const number = Number(value.value);
    return Math.abs(number) > largest ? undefined : number;
  }

  #complainOfRest(): void {
    if (this.#isReordered || this.#argument >= this.#args.length) return;
    const rest = this.#args
      .slice(this.#argument)
      .map((value) => (value.type === 'nil' ? '<nil>' : `${value.type}=${printArgument(value, 'v', noFlags)}`));
    this.#out.push(`%!(EXTRA ${rest.join(', ')})`);
  }
}

/** Go looks at the number before each further digit: it stops when what it has is already too large. */
function isAllowed(digits: string): boolean {
  return digits.length <= 1 || Number(digits.slice(0, -1)) <= largest;
}
