import { integerOperand, stringOperand } from './operands.ts';
import { compilePattern } from './regex/compile.ts';
import { replaceMatches } from './regex/expand.ts';
import { readGlob } from './regex/globs.ts';
import { intersect } from './regex/intersection.ts';
import { patternOfTemplate } from './regex/template.ts';
import type { Builtin } from './types.ts';
import { BuiltinError } from './types.ts';

const findN: Builtin = (args, context) => {
  const [source, text, limit] = [stringOperand(args, 1), stringOperand(args, 2), integerOperand(args, 3)];
  const matches = compilePattern(source, context).findAll(text, limit < 0n ? -1 : Number(limit));
  return matches.map(([start, end]) => text.slice(start, end));
};

const split: Builtin = (args, context) => {
  const [source, text] = [stringOperand(args, 1), stringOperand(args, 2)];
  const pattern = compilePattern(source, context);
  if (source !== '' && text === '') return [''];
  const parts: string[] = [];
  let from = 0;
  let until = 0;
  for (const [start = 0, end = 0] of pattern.findAll(text)) {
    until = start;
    // An empty match at the very start splits nothing off.
    if (end !== 0) parts.push(text.slice(from, start));
    from = end;
  }
  return until === text.length ? parts : [...parts, text.slice(from)];
};

const replace: Builtin = (args, context) => {
  const [text, source, template] = [stringOperand(args, 1), stringOperand(args, 2), stringOperand(args, 3)];
  return replaceMatches(compilePattern(source, context), text, template);
};

const templateMatch: Builtin = (args, context) => {
  const [template, text] = [stringOperand(args, 1), stringOperand(args, 2)];
  const [open, close] = [stringOperand(args, 3), stringOperand(args, 4)];
  // OPA counts bytes: one byte is one character of ASCII.
  if (!/^[\0-\x7f]$/.test(open) || !/^[\0-\x7f]$/.test(close)) {
    throw new BuiltinError('a delimiter has to be exactly one character long');
  }
  const source = patternOfTemplate(template, open, close, (part) => void compilePattern(part, context));
  return compilePattern(source, context).test(text);
};

const globsMatch: Builtin = (args) => intersect(readGlob(stringOperand(args, 1)), readGlob(stringOperand(args, 2)));

/** https://www.openpolicyagent.org/docs/policy-reference/builtins/regex */
export const regex: Readonly<Record<string, Builtin>> = {
  'regex.find_n': findN,
  'regex.globs_match': globsMatch,
  'regex.replace': replace,
  'regex.split': split,
  'regex.template_match': templateMatch,
};
