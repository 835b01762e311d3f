import { characterOf } from '../../go/quote.ts';
import { fail } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { Folding } from './folding.ts';

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\u001b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

const codeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** A scalar in single or double quotes, over as many lines as it takes. */
export function scanQuoted(cursor: Cursor): string {
  const quote = cursor.take();
  const folding = new Folding(cursor);
  const parts: string[] = [];
  for (;;) {
    if (cursor.isDocumentMark()) fail('found unexpected document indicator');
    if (cursor.peek() === '') fail('found unexpected end of stream');
    const isEscapedBreak = scanLine(cursor, quote, parts);
    if (cursor.peek() === quote) break;
    folding.scan(isEscapedBreak);
    parts.push(folding.join());
  }
  cursor.take();
  return parts.join('');
}

/** Up to the closing quote, a blank or a break; tells whether a break was escaped. */
function scanLine(cursor: Cursor, quote: string, parts: string[]): boolean {
  while (!cursor.isSpaceHere()) {
    const character = cursor.peek();
    if (character === quote) {
      if (quote === '"' || cursor.peek(1) !== "'") return false;
      cursor.take();
      parts.push(cursor.take());
    } else if (character === '\\' && quote === '"') {
      if (cursor.isBreakHere(1)) {
        cursor.take();
        cursor.takeBreak();
        return true;
      }
      parts.push(scanEscape(cursor));
    } else {
      parts.push(cursor.take());
    }
  }
  return false;
}

function scanEscape(cursor: Cursor): string {
  cursor.take();
  const kind = cursor.take();
  const named = escapes[kind];
  if (named !== undefined) return named;
  const length = codeLengths[kind] ?? fail('found unknown escape character');
  const digits = cursor.next(length);
  if (!/^[\dA-Fa-f]+$/.test(digits) || digits.length < length) fail('did not find expected hexdecimal number');
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) fail('found invalid Unicode character escape code');
  for (let at = 0; at < length; at += 1) cursor.take();
  return characterOf(code);
}
