import fc from 'fast-check';
import { runes } from '../../../../../../webhook/policy/builtins/go/runes.ts';
import { isPrintable } from '../../../../../../webhook/policy/builtins/go/unicode.ts';
import { text } from '../corpus.ts';

/** Pieces of Go's syntax, of others', and of none. */
export const pattern = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom(
          ...[
            'a',
            'b',
            'ab',
            '.',
            '^',
            '$',
            'a*',
            'b+?',
            '(a|b)',
            '(?:ab)?',
            '[a-c]',
            '[^a]',
            '\\d',
            '\\w+',
            '\\s',
            '\\b',
          ],
          ...[
            '(?P<x>a)',
            '(?<y>b)',
            '(?i)A',
            '(?s:.)',
            'a{2}',
            'b{1,}',
            '\\.',
            '\\x61',
            '\\pL',
            '\\p{Greek}',
            '[[:alpha:]]',
          ],
          ...['\\Qa.b\\E', 'é', '\u{1f600}', '\\A', '\\z', '-', '()', '|', '[\\w-]', '(?m)^'],
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          ...[
            '(',
            ')',
            '[',
            '*',
            '\\',
            '(?=a)',
            '(?!a)',
            '\\1',
            'a{1001}',
            'a{2,1}',
            '(?<',
            '\\Z',
            '[b-a]',
            '**',
            '\\p{No}',
          ],
        ),
      },
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));
/** Texts that such patterns match, or do not. */
export const subject = fc
  .oneof(
    fc.array(fc.constantFrom('a', 'b', 'ab', 'c', '.', '-', ' ', 'é', '\u{1f600}', '1', 'A', '\n', 'α'), {
      maxLength: 12,
    }),
    // The engine knows letters of Unicode 17, Go's of 15.
    text.map((plain) => runes(plain).filter((character) => isPrintable(character) || /[\p{C}\p{Z}]/u.test(character))),
  )
  .map((parts) => parts.join(''));
