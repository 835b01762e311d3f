import { expect } from 'chai';
import { chooseRules } from '../../../../../webhook/policy/compile/rules.ts';
import type { FileSyntax, RuleHead } from '../../../../../webhook/policy/compile/syntax.ts';

function file(name: string, of: string, ...rules: readonly (readonly [string, RuleHead['shape']])[]): FileSyntax {
  return {
    name,
    package: of.split('.'),
    rules: rules.map(([rule, shape]) => ({ name: rule, shape })),
    hasSchemas: false,
  };
}

const texts = [{ name: 'a.rego', text: 'package shop\n\nx := 1\n  deny := 1\ndefault deny := false\n' }];

function choose(wanted: string | undefined, ...files: readonly FileSyntax[]) {
  const chosen = chooseRules(files, texts, wanted);
  return chosen.outcome === 'chosen' ? chosen.entrypoints : chosen.problems.map(({ code, message }) => [code, message]);
}

describe('policy/compile/rules', () => {
  it('asks the rules of the only package that defines one, over all of its files', () => {
    const files = [
      file('a.rego', 'shop.owner', ['warn', 'set'], ['helper', 'function']),
      file('b.rego', 'shop.owner', ['deny', 'set'], ['deny', 'set']),
      file('lib.rego', 'lib.labels', ['missing', 'function']),
    ];
    expect(choose(undefined, ...files)).to.deep.equal(['shop/owner/deny', 'shop/owner/warn']);
  });

  it('takes a rule whose value may be a set', () => {
    expect(choose(undefined, file('a.rego', 'shop', ['violation', 'value']))).to.deep.equal(['shop/violation']);
  });

  it('asks the package that the author named, whatever others define', () => {
    const files = [file('a.rego', 'shop', ['deny', 'set']), file('b.rego', 'lib', ['deny', 'set'])];
    expect(choose('lib', ...files)).to.deep.equal(['lib/deny']);
  });

  it('overlooks another package whose rule of that name holds no messages', () => {
    const files = [file('a.rego', 'shop', ['deny', 'set']), file('b.rego', 'lib', ['deny', 'function'])];
    expect(choose(undefined, ...files)).to.deep.equal(['shop/deny']);
  });

  it('refuses when there is no telling which package is meant', () => {
    const files = [file('a.rego', 'shop', ['deny', 'set']), file('b.rego', 'lib', ['warn', 'set'])];
    expect(choose(undefined, ...files)).to.deep.equal([
      [
        'MissingRule',
        'the packages shop, lib all define one of the rules deny, warn, violation: say with policy-package which is to ' +
          'be asked',
      ],
    ]);
  });

  it('refuses when no package, or not the named one, defines a rule to ask', () => {
    expect(choose(undefined, file('a.rego', 'shop', ['denied', 'set']))).to.deep.equal([
      ['MissingRule', 'no package defines one of the rules deny, warn, violation (packages: shop)'],
    ]);
    expect(choose('shopp', file('a.rego', 'shop', ['deny', 'set']))).to.deep.equal([
      ['MissingRule', 'package shopp defines none of the rules deny, warn, violation (packages: shop)'],
    ]);
  });

  it('refuses rules that hold no messages, with the line where they stand', () => {
    for (const shape of ['boolean', 'scalar', 'object', 'function'] as const) {
      const chosen = chooseRules([file('a.rego', 'shop', ['deny', shape])], texts, undefined);
      const [problem] = chosen.outcome === 'refused' ? chosen.problems : [];
      expect(problem, shape).to.include({
        code: 'InvalidRule',
        file: 'a.rego',
        line: 5,
        source: 'default deny := false',
      });
      expect(problem?.message).to.include('deny contains msg if');
    }
  });

  it('refuses a package that OPA cannot be asked for', () => {
    const odd: FileSyntax = { ...file('a.rego', '', ['deny', 'set']), package: ['a/b'] };
    expect(choose(undefined, odd)[0]).to.include('MissingRule');
  });
});
