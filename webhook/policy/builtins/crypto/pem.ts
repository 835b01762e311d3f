import { decodeBase64 } from './base64.ts';

/** A block of PEM (RFC 7468); its headers, of which nobody here takes notice, are left out. */
export interface PemBlock {
  readonly type: string;
  readonly bytes: Buffer;
}

export interface DecodedPem {
  readonly block: PemBlock;
  /** What comes after the block. */
  readonly rest: string;
}

const begin = '-----BEGIN ';
const end = '\n-----END ';
const dashes = '-----';

/**
 * Finds the next block as Go's `pem.Decode` does: text before it is skipped, and so are blocks that are broken.
 *
 * @param text of which each character is one byte (latin1).
 */
export function decodePem(text: string): DecodedPem | undefined {
  // For each end the last beginning before it counts: a beginning without an end is text.
  for (let from = 0, at = text.indexOf(end); at >= 0; from = at + end.length, at = text.indexOf(end, from)) {
    const start = text.slice(from, at).lastIndexOf(begin) + from;
    if (start < from || (start > from && text[start - 1] !== '\n')) continue;
    const found = readBlock(text, start + begin.length, at);
    if (found === 'hopeless') return undefined;
    if (found !== 'broken') return found;
  }
  return undefined;
}

/** Reads the block whose type begins at `from` and whose last line begins, with the line break before it, at `to`. */
function readBlock(text: string, from: number, to: number): DecodedPem | 'broken' | 'hopeless' {
  const first = readLine(text, from);
  if (!first.line.endsWith(dashes)) return 'broken';
  const type = first.line.slice(0, -dashes.length);
  let at = first.next;
  let hasHeaders = false;
  for (;;) {
    if (at >= text.length) return 'hopeless';
    const { line, next } = readLine(text, at);
    if (!line.includes(':')) break;
    hasHeaders = true;
    at = next;
  }
  // Go gives up where even the last line looks like a header.
  if (hasHeaders && at > to) return at > to + end.length ? 'hopeless' : 'broken';
  const trailer = type + dashes;
  const last = readLine(text, to + end.length);
  if (!text.startsWith(trailer, to + end.length) || last.line !== trailer) return 'broken';
  const bytes = at < to ? decodeBase64(text.slice(at, to).replaceAll(/[ \t]/g, '')) : Buffer.alloc(0);
  return bytes === undefined ? 'broken' : { block: { type, bytes }, rest: text.slice(last.next) };
}

/** A line without its end and without spaces before that, and where the next one begins. */
function readLine(text: string, at: number): { readonly line: string; readonly next: number } {
  const feed = text.indexOf('\n', at);
  const stop = feed < 0 ? text.length : feed;
  const line = text.slice(at, stop).replace(feed < 0 ? /[ \t]+$/ : /[ \t]*\r?$/, '');
  return { line: line.replace(/[ \t]+$/, ''), next: feed < 0 ? stop : feed + 1 };
}

/** All blocks of a text. */
export function decodeAllPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let found = decodePem(text); found !== undefined; found = decodePem(found.rest)) blocks.push(found.block);
  return blocks;
}
