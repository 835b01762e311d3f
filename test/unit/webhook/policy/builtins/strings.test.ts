import { expect } from 'chai';
import fc from 'fast-check';
import { glob } from '../../../../../webhook/policy/builtins/glob.ts';
import { strings } from '../../../../../webhook/policy/builtins/strings.ts';
import { RegoSet } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, number, text } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';

const builtins = { ...strings, ...glob };
/** Few different characters, so that one text is found in another. */
const short = fc
  .array(fc.constantFrom('a', 'b', 'é', '\u{1f600}', '-'), { maxLength: 6 })
  .map((characters) => characters.join(''));
const texts = fc.oneof(
  short,
  fc.array(short, { maxLength: 4 }),
  fc.array(short, { maxLength: 4 }).map((members) => new RegoSet(members)),
  fc.array(fc.oneof(short, number), { maxLength: 3 }),
);

describe('policy/builtins strings and glob', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  const cases: readonly (readonly [Call, unknown])[] = [
    [{ name: 'indexof_n', args: ['aaa', 'aa'] }, [0, 1]],
    [{ name: 'indexof_n', args: ['é\u{1f600}é', 'é'] }, [0, 2]],
    [{ name: 'indexof_n', args: ['a', ''] }, undefined],
    [{ name: 'strings.count', args: ['cheese', 'e'] }, 3],
    [{ name: 'strings.count', args: ['\u{1f600}', ''] }, 2],
    [{ name: 'strings.any_prefix_match', args: [['a/b', 'c/d'], new RegoSet(['c/'])] }, true],
    [{ name: 'strings.any_prefix_match', args: ['a/b', ['b', 1]] }, undefined],
    [{ name: 'strings.any_suffix_match', args: ['image:latest', [':latest']] }, true],
    [{ name: 'strings.split_n', args: ['a.b.c', '.', 2] }, ['a', 'b']],
    [{ name: 'strings.split_n', args: ['a.b.c', '.', -1] }, ['c']],
    [{ name: 'glob.quote_meta', args: ['*.github.com/[a]{b}?\\'] }, '\\*.github.com/\\[a\\]\\{b\\}\\?\\\\'],
  ];
  for (const [call, result] of cases) {
    it(`${call.name}(${call.args.map((arg) => JSON.stringify(arg)).join(', ')}) is ${JSON.stringify(result)}`, () => {
      expect(answer(builtins, call)).to.deep.equal(result);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      builtins,
      cases.map(([call]) => call),
    );
  });

  it('answers as OPA does for any strings', async function () {
    this.timeout(120_000);
    const limit = fc.oneof(fc.integer({ min: -4, max: 4 }), number);
    await expectAgreement(opa, builtins, [
      ...callsOf('indexof_n', [short, short], 400),
      ...callsOf('strings.count', [short, short], 400),
      ...callsOf('strings.split_n', [short, short, limit], 400),
      ...callsOf('strings.any_prefix_match', [texts, texts], 400),
      ...callsOf('strings.any_suffix_match', [texts, texts], 400),
      ...callsOf(
        'glob.quote_meta',
        [fc.oneof(text, fc.string({ unit: fc.constantFrom(...Array.from('*?\\[]{}!,-a')) }))],
        200,
      ),
    ]);
  });
});
