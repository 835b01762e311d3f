import { runes } from './runes.ts';
import { isPrintable } from './unicode.ts';

/** Which characters are written as escapes: those that cannot be printed, or all that are not ASCII. */
export type Escaped = 'unprintable' | 'non-ascii';

const escapes: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);

/** Writes a string as Go source, as `strconv.Quote` and `QuoteToASCII` do. */
export function quote(text: string, escaped: Escaped = 'unprintable'): string {
  // Nearly all strings are plain: those need no look at each character.
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return `"${runes(text)
    .map((character) => escape(character, '"', escaped))
    .join('')}"`;
}

/** Writes one character as Go source, as `strconv.QuoteRune` does; numbers that are no character become U+FFFD. */
export function quoteRune(code: number, escaped: Escaped): string {
  return `'${escape(characterOf(code), "'", escaped)}'`;
}

/** The character of a code point, U+FFFD where there is none. */
export function characterOf(code: number): string {
  const isCharacter = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return String.fromCodePoint(isCharacter ? code : 0xfffd);
}

/** Whether a string can stand between backquotes unchanged (`strconv.CanBackquote`). */
export function canBackquote(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f`\u007f\ufeff]/.test(text);
}

function escape(character: string, delimiter: string, escaped: Escaped): string {
  if (character === delimiter) return `\\${character}`;
  const named = escapes.get(character);
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (escaped === 'non-ascii' ? code < 0x80 && isPrintable(character) : isPrintable(character)) return character;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
