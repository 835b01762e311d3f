import { expect } from 'chai';
import fc from 'fast-check';
import { corrected } from '../../../../../webhook/policy/builtins/corrected.ts';
import { native } from '../../../../../webhook/policy/builtins/native.ts';
import { readNumber } from '../../../../../webhook/policy/value/number.ts';
import { writeTerm } from '../../../../../webhook/policy/value/text.ts';
import { RegoSet } from '../../../../../webhook/policy/value/value.ts';
import { correctedIds } from '../../../../../webhook/policy/wasm/runtime.ts';
import { declareAgreement } from './agreement.ts';
import { pattern, subject } from './corpora/patterns.ts';
import { orAnything, scalar, text, value } from './corpus.ts';
import { fixedContext } from './oracle.ts';
import type { Call } from './oracle.ts';

const short = fc
  .array(fc.constantFrom('a', 'b', 'é', '\u{1f600}', '-'), { maxLength: 6 })
  .map((characters) => characters.join(''));
const numberText = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom('Infinity', '-NaN', '+inf', '1e400', ' 1', '', '.', '+', '1e', '-', 'e5', '1.2.3', '１'),
);
const strings = fc.oneof(
  fc.array(text, { maxLength: 5 }),
  fc.array(text, { maxLength: 5 }).map((members) => new RegoSet(members)),
);

function generate(): readonly Call[] {
  const calls = fc.oneof(
    value.map((of) => ({ name: 'json.marshal', args: [of] })),
    fc.tuple(orAnything(text), orAnything(strings)).map((args) => ({ name: 'concat', args })),
    fc.tuple(orAnything(short), orAnything(short)).map((args) => ({ name: 'indexof', args })),
    fc.tuple(orAnything(short), orAnything(short), orAnything(short)).map((args) => ({ name: 'replace', args })),
    fc.oneof(numberText, scalar, value).map((of) => ({ name: 'to_number', args: [of] })),
    fc.tuple(orAnything(pattern), orAnything(subject)).map((args) => ({ name: 'regex.match', args })),
    fc
      .tuple(orAnything(pattern), orAnything(subject), orAnything(fc.integer({ min: -2, max: 4 })))
      .map((args) => ({ name: 'regex.find_all_string_submatch_n', args })),
  );
  return fc.sample(calls, { numRuns: 4_000, seed: 20261125 });
}

const documented: readonly Call[] = [
  { name: 'json.marshal', args: [new RegoSet(['b', 'a', 1])] },
  { name: 'json.marshal', args: ['<é\u2028&>'] },
  { name: 'json.marshal', args: [readNumber('1e2')] },
  { name: 'concat', args: [', ', new RegoSet(['zeta', 'alpha', '10', '9'])] },
  { name: 'concat', args: [', ', ['b', 'a']] },
  { name: 'concat', args: [',', []] },
  { name: 'concat', args: [',', ['a', 1]] },
  { name: 'indexof', args: ['éabc', 'b'] },
  { name: 'indexof', args: ['abc', ''] },
  { name: 'indexof', args: ['abc', 'z'] },
  { name: 'replace', args: ['abc', '', '-'] },
  { name: 'replace', args: ['', '', '-'] },
  { name: 'replace', args: ['aaa', 'aa', 'b'] },
  { name: 'regex.match', args: ['^[a-z0-9.-]+/', 'gcr.io/app'] },
  { name: 'regex.match', args: ['(', 'a'] },
  { name: 'regex.match', args: ['a', 1] },
  { name: 'regex.find_all_string_submatch_n', args: ['^([0-9]+)(Ki|Mi)?$', '64Mi', 1] },
  { name: 'regex.find_all_string_submatch_n', args: ['(a)|(b)', 'ab', -1] },
  { name: 'regex.find_all_string_submatch_n', args: ['a', 'b', 0] },
  ...['1e400', '-1.50', '12', 'Infinity', ''].map((of) => ({ name: 'to_number', args: [of] })),
  ...[null, true, false, 3.5].map((of) => ({ name: 'to_number', args: [of] })),
];

describe('policy/builtins corrected', function () {
  this.timeout(600_000);

  declareAgreement(corrected, { documented, generated: generate() });

  // OPA keeps such a spelling, and then writes what no JSON is.
  const spelled: readonly (readonly [string, number])[] = [
    ['+5', 5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['5.', 5],
    ['5.e1', 50],
    ['00012', 12],
    ['-007.50', -7.5],
  ];
  for (const [written, expected] of spelled) {
    it(`reads ${written} as a number that JSON can write`, () => {
      const read = corrected['to_number']?.([written], fixedContext());
      expect(Number(writeTerm(read ?? null))).to.equal(expected);
      expect(() => JSON.parse(writeTerm(read ?? null)) as unknown).to.not.throw();
    });
  }

  it('answers by a pattern that it kept as by one that it compiles, and keeps no more than OPA does', () => {
    const patterns = new Map<string, unknown>();
    const asked = (source: string, of: string): unknown =>
      corrected['regex.match']?.([source, of], { ...fixedContext(), patterns });
    for (let round = 0; round < 2; round += 1) {
      expect(asked('^a+$', 'aa')).to.equal(true);
      expect(asked('^a+$', 'ab')).to.equal(false);
    }
    expect(patterns.size).to.equal(1);
    for (let at = 0; at < 300; at += 1) expect(asked(`^x${at}$`, `x${at}`)).to.equal(true);
    expect(patterns.size).to.equal(100);
    // What a request could fill the memory with is compiled each time.
    expect(asked('(abcdefghij){1000}', 'a')).to.equal(false);
    expect([...patterns.keys()].join()).to.not.contain('1000');
  });

  it('corrects built-ins that OPA’s Wasm brings along, and each by a number of its own', () => {
    expect(native).to.include.members(Object.keys(corrected));
    expect([...correctedIds.values()].sort()).to.deep.equal(Object.keys(corrected).sort());
  });
});
