import { fail } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { Folding } from './folding.ts';

/** A plain scalar, and whether it ended with a line, so that a key may follow. */
export interface Plain {
  readonly text: string;
  readonly endsLine: boolean;
}

/** In a flow collection more characters end it; else lines that are not indented beyond the block around it. */
export function scanPlain(cursor: Cursor, indent: number, isFlow: boolean): Plain {
  const folding = new Folding(cursor);
  const parts: string[] = [];
  const checkBlank = () => {
    if (cursor.peek() === '\t' && cursor.column < indent) fail('found a tab character that violates indentation');
  };
  while (!cursor.isDocumentMark() && cursor.peek() !== '#') {
    while (!cursor.isSpaceHere() && !isEnd(cursor, isFlow)) {
      if (!folding.isEmpty) parts.push(folding.join());
      parts.push(cursor.take());
    }
    if (!cursor.isBlankHere() && !cursor.isBreakHere()) break;
    folding.scan(false, checkBlank);
    if (!isFlow && cursor.column < indent) break;
  }
  return { text: parts.join(''), endsLine: folding.hasBreak };
}

function isEnd(cursor: Cursor, isFlow: boolean): boolean {
  const character = cursor.peek();
  return (character === ':' && cursor.isSpaceHere(1)) || (isFlow && ',?[]{}'.includes(character));
}
