import { fail, isBlank } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './token.ts';

function isWord(character: string): boolean {
  return /^[\w-]$/.test(character);
}

/** `&name` or `*name`. */
export function scanAnchor(cursor: Cursor, kind: 'anchor' | 'alias'): Token {
  cursor.take();
  const name = cursor.takeWhile(isWord);
  if (name === '' || !(cursor.isSpaceHere() || '?:,]}%@`'.includes(cursor.peek()))) {
    fail('did not find expected alphabetic or numeric character');
  }
  return { kind, name };
}

/** `!<uri>`, `!name`, `!handle!name` or `!`. */
export function scanTag(cursor: Cursor): Token {
  const token = cursor.peek(1) === '<' ? scanVerbatim(cursor) : scanShorthand(cursor);
  if (!cursor.isSpaceHere()) fail('did not find expected whitespace or line break');
  return token;
}

function scanVerbatim(cursor: Cursor): Token {
  cursor.take();
  cursor.take();
  const suffix = scanUri(cursor);
  if (suffix === '') fail('did not find expected tag URI');
  if (cursor.take() !== '>') fail("did not find the expected '>'");
  return { kind: 'tag', handle: '', suffix };
}

function scanShorthand(cursor: Cursor): Token {
  const handle = scanHandle(cursor);
  const rest = scanUri(cursor);
  if (handle.length > 1 && handle.endsWith('!')) {
    if (rest === '') fail('did not find expected tag URI');
    return { kind: 'tag', handle, suffix: rest };
  }
  const suffix = handle.slice(1) + rest;
  return suffix === '' ? { kind: 'tag', handle: '', suffix: '!' } : { kind: 'tag', handle: '!', suffix };
}

/** `!`, `!name` or `!name!`. */
function scanHandle(cursor: Cursor): string {
  if (cursor.peek() !== '!') fail("did not find expected '!'");
  const name = cursor.take() + cursor.takeWhile(isWord);
  return cursor.peek() === '!' ? name + cursor.take() : name;
}

function scanUri(cursor: Cursor): string {
  let uri = '';
  while (/^[\w\-;/?:@&=+$,.!~*'()[\]%]$/.test(cursor.peek())) {
    uri += cursor.peek() === '%' ? scanEscapes(cursor) : cursor.take();
  }
  return uri;
}

/** The bytes of one character, each escaped. */
function scanEscapes(cursor: Cursor): string {
  const bytes: number[] = [];
  for (let left = 1; left > 0; left -= 1) {
    const [, digits] = /^%([\dA-Fa-f]{2})$/.exec(cursor.next(3)) ?? [];
    if (digits === undefined) fail('did not find URI escaped octet');
    const byte = Number.parseInt(digits, 16);
    if (bytes.length === 0) left = lengthOf(byte);
    else if (byte >> 6 !== 2) fail('found an incorrect trailing UTF-8 octet');
    bytes.push(byte);
    for (let at = 0; at < 3; at += 1) cursor.take();
  }
  return Buffer.from(bytes).toString();
}

/** How many bytes a character has that begins with this one. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >> 5 === 6) return 2;
  if (byte >> 4 === 14) return 3;
  return byte >> 3 === 30 ? 4 : fail('found an incorrect leading UTF-8 octet');
}

/** `%YAML 1.1` or `%TAG !name! prefix`; no other is known. */
export function scanDirective(cursor: Cursor): Token {
  cursor.take();
  const name = cursor.takeWhile(isWord);
  if (name === '' || !cursor.isSpaceHere()) fail('could not find expected directive name');
  cursor.takeWhile(isBlank);
  const token = name === 'YAML' ? scanVersion(cursor) : name === 'TAG' ? scanTagDirective(cursor) : undefined;
  if (token === undefined) fail('found unknown directive name');
  cursor.takeWhile(isBlank);
  if (cursor.peek() === '#') cursor.skipToBreak();
  if (cursor.peek() !== '' && !cursor.isBreakHere()) fail('did not find expected comment or line break');
  cursor.takeBreak();
  return token;
}

function scanVersion(cursor: Cursor): Token {
  const isDigit = (character: string) => /^\d$/.test(character);
  const major = cursor.takeWhile(isDigit);
  const point = cursor.take();
  const minor = cursor.takeWhile(isDigit);
  if (point !== '.' || !/^\d\d?$/.test(major) || !/^\d\d?$/.test(minor)) fail('did not find expected version number');
  return { kind: 'version', version: `${Number(major)}.${Number(minor)}` };
}

function scanTagDirective(cursor: Cursor): Token {
  const handle = scanHandle(cursor);
  if (handle !== '!' && !handle.endsWith('!')) fail("did not find expected '!'");
  if (!cursor.isBlankHere()) fail('did not find expected whitespace');
  cursor.takeWhile(isBlank);
  const prefix = scanUri(cursor);
  if (prefix === '' || !cursor.isSpaceHere()) fail('did not find expected tag URI');
  return { kind: 'tag directive', handle, prefix };
}
