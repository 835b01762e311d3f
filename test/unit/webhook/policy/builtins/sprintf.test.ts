import { expect } from 'chai';
import fc from 'fast-check';
import { sprintf } from '../../../../../webhook/policy/builtins/sprintf.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { callsOf, text, value } from './corpus.ts';
import { expectAgreement, findOpa, fixedContext } from './oracle.ts';

const builtins = { sprintf };

const directive = fc
  .tuple(
    fc.constantFrom('', '', '', '', '-', '+', '#', '0', ' ', '+#', '-0', '# ', '0+'),
    fc.constantFrom('', '', '', '', '1', '5', '12', '*', '[1]', '[2]', '[3]*', '[0]', '[x]', '[', '[]'),
    fc.constantFrom('', '', '', '', '.', '.0', '.2', '.20', '.*', '.[2]*', '.[1]'),
    fc.constantFrom('', '', '', '[1]', '[2]', '[9]'),
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          'v',
          's',
          'd',
          'f',
          'q',
          'x',
          'X',
          't',
          'T',
          'e',
          'E',
          'g',
          'G',
          'b',
          'o',
          'O',
          'c',
          'U',
          '%',
        ),
      },
      { weight: 1, arbitrary: fc.constantFrom('F', 'z', '!', '', 'é', '\u{1f600}', '5', ' ') },
    ),
  )
  .map((parts) => `%${parts.join('')}`);
const format = fc.array(fc.oneof(directive, text), { maxLength: 4 }).map((parts) => parts.join(''));

const cases = [
  ['["%v", [{"b", "a"}]]', '{"a", "b"}'],
  ['["%v", [set()]]', 'set()'],
  ['["%v", [{"a": {"b": [1, "x", null]}}]]', '{"a": {"b": [1, "x", null]}}'],
  ['["%s and %v", ["plain", "plain"]]', 'plain and plain'],
  ['["%q", ["it\'s \\"quoted\\"\\n"]]', '"it\'s \\"quoted\\"\\n"'],
  ['["%d", [1.0]]', '%!d(float64=1)'],
  ['["%d", ["x"]]', '%!d(string=x)'],
  ['["%s", [3]]', '%!s(int64=3)'],
  ['["%t", [true]]', '%!t(string=true)'],
  ['["%d %d", [1]]', '1 %!d(MISSING)'],
  ['["one", [1, "x"]]', 'one%!(EXTRA int64=1, string=x)'],
  ['["%v %v", [123456789012345678901234567890, 1e400]]', '123456789012345678901234567890 1e400'],
  ['["%v", [1000000.5]]', '1.0000005e+06'],
  ['["%.2f|%8.3f|%-8d|%08d|%+d", [3.14159, 2.5, 42, 42, 42]]', '3.14|   2.500|42      |00000042|+42'],
  ['["%x|%X|%#x|% x", [255, 255, "hi", "hi"]]', 'ff|FF|0x6869|68 69'],
  ['["100%%", []]', '100%'],
] as const;

describe('policy/builtins sprintf', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [args, result] of cases) {
    it(`sprintf(${args.slice(1, -1)}) is ${result}`, () => {
      expect(sprintf(readTerm(args) as [], fixedContext())).to.equal(result);
    });
  }

  it('does so in OPA too', async () => {
    await expectAgreement(
      opa,
      builtins,
      cases.map(([args]) => ({ name: 'sprintf', args: readTerm(args) as [] })),
    );
  });

  it('formats any values by any directives as OPA does', async function () {
    this.timeout(120_000);
    await expectAgreement(
      opa,
      builtins,
      callsOf('sprintf', [format, fc.array(fc.oneof(text, value), { maxLength: 4 })], 2_500),
    );
  });

  it('formats numbers and strings by each verb and flag as OPA does', async function () {
    this.timeout(120_000);
    const verbs = Array.from('vdsqxXoObcUeEfFgGtT');
    const flags = ['', '+', '#', '-8', '08', ' ', '.3', '12.2', '#.4', '+08.1', '-+#12.0', '.40'];
    const all = [
      '[0, 1, -1, 255]',
      '[1.5, -2.25e-7, 1e20, 0.1]',
      '["héllo", "", "`"]',
      '[1e21, 123456789012345678901]',
    ];
    const calls = verbs.flatMap((verb) =>
      flags.flatMap((flag) =>
        all.map((args) => ({
          name: 'sprintf',
          args: [`%${flag}${verb}|`.repeat((readTerm(args) as []).length), readTerm(args)],
        })),
      ),
    );
    await expectAgreement(opa, builtins, calls);
  });

  it('knows which of all characters Go prints as they are', async function () {
    this.timeout(120_000);
    const isText = (code: number) => code < 0xd800 || code > 0xdfff;
    // Beyond the last of these characters there are only tags, variants and those of private use.
    const ends = [0x34000, 0xe0000, 0xe0200, 0xf0000, 0xf0040, 0x10ffc0, 0x110000] as const;
    const isLooked = (code: number) => ends.findIndex((end) => code < end) % 2 === 0;
    const codes = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => isText(code) && isLooked(code));
    const calls = Array.from({ length: Math.ceil(codes.length / 4096) }, (_, at) => ({
      name: 'sprintf',
      args: ['%q', [String.fromCodePoint(...codes.slice(at * 4096, (at + 1) * 4096))]],
    }));
    await expectAgreement(opa, builtins, calls);
  });
});
