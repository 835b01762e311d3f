import { BuiltinError } from '../types.ts';

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

/** One character of a literal, or a byte (`\xff`, `\377`) that may be part of one. */
interface Unit {
  readonly code: number;
  readonly isByte: boolean;
}

const unit = /\\(?:x([\dA-Fa-f]{2})|u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|([0-7]{3})|(.))|([^\\])/gsu;

/**
 * Reads a string literal of Go, quotes or backquotes included (`strconv.Unquote`). Bytes that are no UTF-8 become
 * U+FFFD.
 *
 * @throws BuiltinError for what is no such literal.
 */
export function unquote(literal: string): string {
  const inside = literal.slice(1, -1);
  if (literal.startsWith('`')) return inside.replaceAll('\r', '');
  const units = unitsOf(inside, '"');
  return Buffer.concat(
    units.map(({ code, isByte }) => (isByte ? Buffer.of(code) : Buffer.from(String.fromCodePoint(code)))),
  ).toString();
}

/** Reads a character literal of Go, `'x'`, and gives its code. */
export function unquoteCharacter(literal: string): number {
  const [first, ...rest] = unitsOf(literal.slice(1, -1), "'");
  if (first === undefined || rest.length > 0) throw new BuiltinError(`malformed character constant: ${literal}`);
  return first.code;
}

function unitsOf(text: string, quote: string): readonly Unit[] {
  return [...text.matchAll(unit)].map(([whole, byte, short, long, octal, escape, plain]) => {
    if (plain !== undefined) return { code: whole.codePointAt(0) ?? 0, isByte: false };
    if (byte !== undefined) return { code: Number.parseInt(byte, 16), isByte: true };
    if (octal !== undefined) return { code: inRange(Number.parseInt(octal, 8), 0xff), isByte: true };
    const code = short ?? long;
    if (code !== undefined) return { code: inRange(Number.parseInt(code, 16), 0x10ffff), isByte: false };
    const named = escape === quote ? quote.charCodeAt(0) : escapes[escape ?? ''];
    return { code: inRange(named, 0x10ffff), isByte: false };
  });
}

function inRange(code: number | undefined, last: number): number {
  if (code === undefined || code > last || (code >= 0xd800 && code <= 0xdfff)) throw new BuiltinError('invalid syntax');
  return code;
}
