import { runes } from '../go/runes.ts';
import { isTimestamp, resolve } from './resolve.ts';

export type Style = 'plain' | 'single' | 'double' | 'literal';

/** What breaks a line in YAML 1.1. */
export function isBreak(character: string): boolean {
  return '\r\n\u0085\u2028\u2029'.includes(character);
}

/** Strings that YAML 1.1 would read as booleans. */
const oldBooleans = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
/** Numbers of base 60 of YAML 1.1. */
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
/** What go-yaml's emitter takes for printable: nothing beyond 65 535, and no byte order mark. */
const unprintable = /[^\n -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** How go-yaml writes a string: on several lines where it has any, plain where it reads back the same, else in quotes. */
export function chooseStyle(text: string): Style {
  const analysis = analyze(text);
  if (text.includes('\n')) return analysis.mayBeLiteral ? 'literal' : 'double';
  if (!readsAsString(text)) return 'double';
  if (analysis.mayBePlain) return 'plain';
  return analysis.mayBeSingle ? 'single' : 'double';
}

function readsAsString(text: string): boolean {
  const isString = resolve('', text).type === '!!str';
  return isString && !base60.test(text) && !oldBooleans.test(text) && !isTimestamp(text);
}

interface Analysis {
  readonly mayBePlain: boolean;
  readonly mayBeSingle: boolean;
  readonly mayBeLiteral: boolean;
}

function analyze(text: string): Analysis {
  const hasBreaks = /[\r\n\u0085\u2028\u2029]/.test(text);
  const isSpecial = unprintable.test(text.replaceAll('\t', ''));
  const hasTabs = text.includes('\t');
  const spaceBreak = / [\r\n\u0085\u2028\u2029]/.test(text);
  const breakSpace = /[\r\n\u0085\u2028\u2029] /.test(text);
  const blankEnds = /^[ \r\n\u0085\u2028\u2029]|[ \r\n\u0085\u2028\u2029]$/.test(text);
  const isOdd = spaceBreak || hasTabs || isSpecial;
  return {
    mayBePlain: !blankEnds && !breakSpace && !isOdd && !hasBreaks && !hasIndicators(text),
    mayBeSingle: !breakSpace && !isOdd,
    mayBeLiteral: !text.endsWith(' ') && !spaceBreak && !isSpecial,
  };
}

/** Whether a plain text would be taken for something else. */
function hasIndicators(text: string): boolean {
  if (/^(?:---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text)) return true;
  if (/^[-?:](?:[ \t]|$)/.test(text)) return true;
  return /:(?:[ \t]|$)/.test(text.slice(1)) || /[ \t\r\n\u0085\u2028\u2029\0]#/.test(text);
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** In double quotes; a text that begins with a byte order mark is escaped as a whole. */
export function quoteDouble(text: string): string {
  const isMarked = text.startsWith('\ufeff');
  const characters = runes(text).map((character) => {
    const mustEscape = isMarked || unprintable.test(character) || isBreak(character) || /["\\]/.test(character);
    return mustEscape ? escape(character) : character;
  });
  return `"${characters.join('')}"`;
}

function escape(character: string): string {
  const named = escapes[character];
  if (named !== undefined) return `\\${named}`;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
