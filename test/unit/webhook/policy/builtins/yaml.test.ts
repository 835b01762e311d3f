import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { yaml } from '../../../../../webhook/policy/builtins/yaml.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { RegoObject } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, number, text, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';

/** Words that mean something to some version of YAML, or nearly. */
const words = fc.constantFrom(
  ...[
    '',
    '~',
    'null',
    'Null',
    'true',
    'TRUE',
    'tRUE',
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'N',
    '.inf',
    '-.Inf',
    '.nan',
    '<<',
  ],
  ...[
    '1',
    '-1',
    '+1',
    '012',
    '08',
    '0o17',
    '0x1F',
    '0b11',
    '0b-11',
    '1_000',
    '1e3',
    '1.5',
    '.5',
    '1.',
    '-.5',
    '1e400',
    '0.1',
  ],
  ...[
    '9223372036854775808',
    '18446744073709551616',
    '2001-01-01',
    '2001-13-01',
    '2001-1-1 1:2:3',
    '2001-01-01T00:00:00Z',
  ],
  ...[
    '12:30',
    '1:2:3.5',
    '- a',
    '-',
    '? a',
    ': b',
    'a: b',
    'a:b',
    'a #b',
    '#',
    'a#b',
    '[a',
    '{a}',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '@',
    '`',
    '%',
  ],
  ...[
    '---',
    '--- a',
    '...',
    'a\nb',
    'a\n',
    '\na',
    ' a',
    'a ',
    'a \nb',
    'a\n b',
    '\t',
    'a\tb',
    '"',
    "'",
    "it's",
    '\\',
    'a\rb',
    'a\u0085b',
    'a\u2028b',
  ],
);
const key = fc.oneof(
  words,
  text,
  fc.constantFrom('a1', 'a10', 'a2', 'a01', 'b', 'B', '_', 'a-b', 'a_b', '1a', 'x'.repeat(129)),
);
const { tree } = fc.letrec<{ tree: Value }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    { weight: 2, arbitrary: fc.oneof(words, text, number, fc.constantFrom<Value>(null, true)) },
    { weight: 1, arbitrary: fc.array(tie('tree'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map((of) => new RegoObject(of)) },
  ),
}));

/** Plain data, and how to write it as YAML. */
const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    {
      weight: 2,
      arbitrary: fc.oneof(
        words,
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(null, true),
      ),
    },
    { weight: 1, arbitrary: fc.array(tie('plain'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(key, tie('plain'), { maxKeys: 4 }) },
  ),
}));
const style = fc.record({
  indent: fc.integer({ min: 1, max: 4 }),
  lineWidth: fc.constantFrom(0, 20, 80),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
  collectionStyle: fc.constantFrom('block', 'flow', 'any'),
  blockQuote: fc.constantFrom('literal' as const, 'folded' as const),
  version: fc.constantFrom('1.1', '1.2'),
} as const);
const written = fc
  .tuple(plain, style)
  .map(([data, options]) => stringify(data, { aliasDuplicateObjects: false, ...options }));

/** Lines as people write them. */
const lines = fc
  .array(
    fc.constantFrom(
      ...[
        'a: 1',
        'b:',
        '  - x',
        '  - y: 2',
        '    z: 3',
        '- 1',
        '- - 2',
        'c: [1, {d: e}, "f"]',
        "g: 'h'",
        '# note',
        '',
        '  ',
        '---',
        '...',
      ],
      ...[
        'i: &x {j: 1}',
        'k: *x',
        '<<: *x',
        'l: |',
        '  text',
        '   more',
        'm: >-',
        '? n',
        ': o',
        'p: !!str 1',
        'q: !!int "2"',
        '1: r',
        'true: s',
      ],
      ...[
        't: "u\\n\\x41\\u00e9"',
        'v: w # x',
        'yes: no',
        'on: off',
        '"y": ~',
        'A: 0x1f',
        'B: 1_0',
        'C: 2001-01-01',
        'D: !x y',
        'E: !!binary aGk=',
      ],
      ...[
        'F: - 1',
        'G: {a: 1, b}',
        'H: [a: 1]',
        '\tI: 1',
        'J: \t1',
        'K: "a',
        'L: @a',
        'M: a: b',
        '%YAML 1.2',
        'N: [',
        '  1',
        ']',
        'O: {',
        '}',
      ],
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) => all.join('\n'));

const cases = [
  [
    'yaml.unmarshal',
    '["on: push\\nport: 0x1F\\nlist: [1, 2.50, yes]"]',
    '{"on":"push","port":31,"list":[1,2.5,"yes"]}',
  ],
  ['yaml.unmarshal', '["a: &x {b: 1}\\nc:\\n  <<: *x\\n  d: 2"]', '{"a":{"b":1},"c":{"b":1,"d":2}}'],
  ['yaml.unmarshal', '["1: a\\ntrue: b\\n1.5: c"]', '{"1":"a","true":"b","1.5":"c"}'],
  ['yaml.unmarshal', '["a: 1\\na: 2"]', '{"a":2}'],
  ['yaml.unmarshal', '["a: 1\\n---\\nb: 2"]', '{"a":1}'],
  ['yaml.unmarshal', '[""]', 'null'],
  ['yaml.unmarshal', '["null: a"]', undefined],
  ['yaml.unmarshal', '["a: [1"]', undefined],
  ['yaml.unmarshal', '["a: .inf"]', undefined],
  ['yaml.is_valid', '["a: b"]', 'true'],
  ['yaml.is_valid', '["a: b: c"]', 'false'],
  ['yaml.is_valid', '[1]', 'false'],
  [
    'yaml.marshal',
    '[{"a":[1,{"b":"x","c":[]}],"d":"yes","e":"line\\nline"}]',
    JSON.stringify('a:\n  - 1\n  - b: x\n    c: []\nd: "yes"\ne: |-\n  line\n  line\n'),
  ],
  ['yaml.marshal', '[{"item10":1,"item2":2,"A":null}]', JSON.stringify('A: null\nitem2: 2\nitem10: 1\n')],
  ['yaml.marshal', '[{2,1}]', JSON.stringify('- 1\n- 2\n')],
] as const;

describe('policy/builtins yaml', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [name, args, result] of cases) {
    it(`${name}(${args.slice(1, -1)}) is ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(yaml, { name, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      yaml,
      cases.map(([name, args]) => ({ name, args: readTerm(args) as [] })),
    );
  });

  it('writes any value as OPA does', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, yaml, callsOf('yaml.marshal', [tree], 1_500));
    await expectAgreement(opa, yaml, callsOf('yaml.marshal', [value], 400));
  });

  it('reads whatever YAML data is written as, as OPA does', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, yaml, callsOf('yaml.unmarshal', [written], 1_500));
  });

  it('reads lines put together at random as OPA does', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, yaml, callsOf('yaml.unmarshal', [lines], 1_500));
    await expectAgreement(opa, yaml, callsOf('yaml.is_valid', [lines], 300));
  });
});
