import type { Value } from '../value/value.ts';
import { runeCount, runes } from './go/runes.ts';
import { integerOperand, stringOperand, stringsOperand } from './operands.ts';
import { sprintf } from './sprintf.ts';
import { renderTemplate } from './template.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

/** Where a text occurs, counted in characters; occurrences may overlap. */
const indexOfN: Builtin = (args) => {
  const [text, wanted] = [stringOperand(args, 1), stringOperand(args, 2)];
  if (wanted === '') throw new BuiltinError('empty search character');
  const positions: number[] = [];
  let [from, position] = [0, 0];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    position += runeCount(text.slice(from, at));
    from = at;
    positions.push(position);
  }
  return positions;
};

const count: Builtin = (args) => {
  const [text, wanted] = [stringOperand(args, 1), stringOperand(args, 2)];
  return wanted === '' ? runeCount(text) + 1 : text.split(wanted).length - 1;
};

/** The first so many parts of a split, or, for a negative number, the last. */
const splitN: Builtin = (args) => {
  const [text, separator, limit] = [stringOperand(args, 1), stringOperand(args, 2), integerOperand(args, 3)];
  const parts = separator === '' ? runes(text) : text.split(separator);
  return limit >= 0n ? parts.slice(0, Number(limit)) : parts.slice(Number(limit));
};

/** One string, or an array or set of strings. */
function oneOrMore(args: readonly Value[], position: number): readonly string[] {
  const value = args[position - 1];
  return typeof value === 'string' ? [value] : stringsOperand(args, position);
}

function anyMatch(matches: (text: string, affix: string) => boolean): Builtin {
  return (args) => {
    const [texts, affixes] = [oneOrMore(args, 1), oneOrMore(args, 2)];
    return texts.some((text) => affixes.some((affix) => matches(text, affix)));
  };
}

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/strings */
export const strings: Readonly<Record<string, Builtin>> = {
  indexof_n: indexOfN,
  sprintf,
  'strings.any_prefix_match': anyMatch((text, prefix) => text.startsWith(prefix)),
  'strings.any_suffix_match': anyMatch((text, suffix) => text.endsWith(suffix)),
  'strings.count': count,
  'strings.render_template': renderTemplate,
  'strings.split_n': splitN,
};
