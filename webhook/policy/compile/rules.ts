import type { RegoFile, RegoProblem } from '../types.ts';
import { lineOf } from './problems.ts';
import type { FileSyntax, RuleHead } from './syntax.ts';

/** Rules that a native policy answers with. */
export const ruleNames = ['deny', 'warn', 'violation'] as const;

export type Chosen =
  | { readonly outcome: 'chosen'; readonly entrypoints: readonly string[] }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

/**
 * Finds the rules to ask: `deny`, `warn` and `violation` of the package that the author named, else of the only package
 * that defines one of them. Codes: `MissingRule` when there is none or no telling which, `InvalidRule` when one is of a
 * kind that holds no messages.
 */
export function chooseRules(
  syntax: readonly FileSyntax[],
  files: readonly RegoFile[],
  wanted: string | undefined,
): Chosen {
  const packages = new Map<string, Package>();
  for (const file of syntax) {
    const name = file.package.join('.');
    const known = packages.get(name) ?? { path: file.package, rules: [] };
    const rules = file.rules.filter(isAsked).map((rule) => ({ ...rule, file: file.name }));
    packages.set(name, { ...known, rules: [...known.rules, ...rules] });
  }
  const asked = [...packages].filter(([name, { rules }]) => rules.length > 0 && (wanted ?? name) === name);
  const candidates = asked.filter(([, { rules }]) => rules.some(holdsMessages));
  const [only, second] = candidates.length === 0 ? asked : candidates;
  if (only === undefined || (second !== undefined && candidates.length > 0)) {
    return refused(missing([...packages.keys()], candidates, wanted));
  }
  const [, { path, rules }] = only;
  const problems = rules.filter((rule) => !holdsMessages(rule)).map((rule) => misshaped(rule, files));
  if (problems.length > 0) return refused(...problems);
  const names = ruleNames.filter((name) => rules.some((rule) => rule.name === name));
  const slashed = path.find((part) => part.includes('/'));
  if (slashed !== undefined) return refused(unreachable(slashed));
  return { outcome: 'chosen', entrypoints: names.map((name) => [...path, name].join('/')) };
}

interface Package {
  readonly path: readonly string[];
  readonly rules: readonly AskedRule[];
}

type AskedRule = RuleHead & { readonly file: string };

function isAsked({ name }: RuleHead): boolean {
  return ruleNames.some((asked) => asked === name);
}

function holdsMessages({ shape }: RuleHead): boolean {
  return shape === 'set' || shape === 'value';
}

function refused(...problems: readonly RegoProblem[]): Chosen {
  return { outcome: 'refused', problems };
}

const nowhere = { file: '', line: 0, column: 0, source: '' } as const;

function missing(
  packages: readonly string[],
  candidates: readonly (readonly [string, Package])[],
  wanted: string | undefined,
): RegoProblem {
  const rules = ruleNames.join(', ');
  const names = candidates.map(([name]) => name).join(', ');
  const message =
    candidates.length > 1
      ? `the packages ${names} all define one of the rules ${rules}: say with policy-package which is to be asked`
      : wanted === undefined
        ? `no package defines one of the rules ${rules} (packages: ${packages.join(', ')})`
        : `package ${wanted} defines none of the rules ${rules} (packages: ${packages.join(', ')})`;
  return { code: 'MissingRule', ...nowhere, message };
}

function unreachable(part: string): RegoProblem {
  const message = `the package's part "${part}" has a slash, by which OPA cannot find its rules`;
  return { code: 'MissingRule', ...nowhere, message };
}

const shapes: Readonly<Record<RuleHead['shape'], string>> = {
  set: '',
  value: '',
  scalar: 'is one value',
  boolean: 'is true or false and so has no message',
  object: 'is an object',
  function: 'is a function',
};

function misshaped({ name, shape, file }: AskedRule, files: readonly RegoFile[]): RegoProblem {
  const text = files.find((candidate) => candidate.name === file)?.text ?? '';
  const before = new RegExp(`^(?:default[ \\t]+)?${name}\\b`, 'm').exec(text);
  const line = before === null ? 0 : text.slice(0, before.index).split('\n').length;
  const message = `${name} ${shapes[shape]}; it must be a set of messages: ${name} contains msg if { … }`;
  return { code: 'InvalidRule', file, line, column: line === 0 ? 0 : 1, message, source: lineOf(files, file, line) };
}
