import { expect } from 'chai';
import fc from 'fast-check';
import { regex } from '../../../../../webhook/policy/builtins/regex.ts';
import { callsOf } from './corpus.ts';
import { pattern, subject } from './corpora/patterns.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';

const replacement = fc
  .array(fc.constantFrom('$1', '${1}', '$x', '${y}', '$1x', '$$', '$', '${', '$0', '${01}', '-', 'é', '$2'), {
    maxLength: 3,
  })
  .map((parts) => parts.join(''));
const limit = fc.integer({ min: -2, max: 4 });
const glob = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '.',
      '.*',
      'a+',
      'b*',
      '[a-c]',
      '[ab]+',
      '[^',
      ']',
      '\\*',
      '\\',
      '[]',
      '[b-a]',
      '*',
      'é',
      '[c-d]*',
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));

describe('policy/builtins regex', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  const cases: readonly (readonly [Call, unknown])[] = [
    [{ name: 'regex.split', args: [',\\s*', 'a, b,c'] }, ['a', 'b', 'c']],
    [{ name: 'regex.split', args: ['', 'ab'] }, ['a', 'b']],
    [{ name: 'regex.split', args: ['x', ''] }, ['']],
    [{ name: 'regex.find_n', args: ['[oa]+', 'foo bar', 1] }, ['oo']],
    [{ name: 'regex.find_n', args: ['[oa]+', 'foo bar', -1] }, ['oo', 'a']],
    [{ name: 'regex.find_n', args: ['a*', 'baac', -1] }, ['', 'aa', '']],
    [{ name: 'regex.replace', args: ['-wy-wxxy-', 'w(x*)y', '${1}.'] }, '-.-xx.-'],
    [{ name: 'regex.replace', args: ['-wxxy-', 'w(x*)y', '$1w'] }, '--'],
    [{ name: 'regex.replace', args: ['b', '(?<x>a)?(?P<x>b)', '[$x]'] }, '[b]'],
    [{ name: 'regex.replace', args: ['foo', '(', ''] }, undefined],
    [{ name: 'regex.template_match', args: ['urn:foo:{.*}', 'urn:foo:bar:baz', '{', '}'] }, true],
    [{ name: 'regex.template_match', args: ['urn:foo:<.*>', 'urn:foo:bar', '<', '>'] }, true],
    [{ name: 'regex.template_match', args: ['urn:{', 'urn:', '{', '}'] }, undefined],
    [{ name: 'regex.globs_match', args: ['a.a.[0-9]+z', 'b.b.2359825792*594823z'] }, false],
    [{ name: 'regex.globs_match', args: ['[a-z]+', '[0-9]*'] }, false],
    [{ name: 'regex.globs_match', args: ['pqrs', '.qrs'] }, true],
  ];
  for (const [call, result] of cases) {
    it(`${call.name}(${call.args.map((arg) => JSON.stringify(arg)).join(', ')}) is ${JSON.stringify(result)}`, () => {
      expect(answer(regex, call)).to.deep.equal(result);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      regex,
      cases.map(([call]) => call),
    );
  });

  it('splits, finds and replaces as OPA does, by patterns good and bad', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, regex, callsOf('regex.split', [pattern, subject], 1_500));
    await expectAgreement(opa, regex, callsOf('regex.find_n', [pattern, subject, limit], 1_500));
    await expectAgreement(opa, regex, callsOf('regex.replace', [subject, pattern, replacement], 1_500));
  });

  it('matches templates and globs as OPA does', async function () {
    this.timeout(120_000);
    const template = fc
      .array(fc.oneof(pattern, fc.constantFrom('{', '}', '<', '>', '{a+}', '<.*>', '{{x}}')), { maxLength: 4 })
      .map((parts) => parts.join(''));
    const delimiter = fc.constantFrom('{', '}', '<', '>', '', '{{', 'é', '|');
    await expectAgreement(
      opa,
      regex,
      callsOf('regex.template_match', [template, subject, delimiter, delimiter], 1_500),
    );
    await expectAgreement(opa, regex, callsOf('regex.globs_match', [glob, glob], 1_500));
  });

  it('takes time that grows with the text alone', () => {
    const call = { name: 'regex.replace', args: ['a'.repeat(50_000), '(a|aa)+$|(a*)*b', 'x'] };
    expect(answer(regex, call)).to.equal('x');
    const globs = '.*'.repeat(40);
    expect(answer(regex, { name: 'regex.globs_match', args: [`${globs}c`, `${globs}d`] })).to.equal(false);
  });
});
