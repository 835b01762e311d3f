import { expect } from 'chai';
import fc from 'fast-check';
import { strings } from '../../../../../webhook/policy/builtins/strings.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, number, object, text, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';

const name = 'strings.render_template';
const cases = [
  ['["hello {{.name}}", {"name": "rego"}]', '"hello rego"'],
  ['["{{range $i, $e := .l}}{{$i}}={{$e}} {{else}}none{{end}}", {"l": ["a", 1.50]}]', '"0=a 1=1.50 "'],
  ['["{{.missing}} {{.null}}", {"null": null}]', '"<undefined> <undefined>"'],
  ['["{{if and .a (not .b)}}yes{{else if eq .c 1}}no{{else}}other{{end}}", {"a": "x", "b": false}]', '"yes"'],
  ['["a {{- /* note */ -}} b{{with .m}} {{.x}}{{end}}", {"m": {"x": [1, {"y": true}]}}]', '"ab [1 map[y:true]]"'],
  [
    '["{{define \\"t\\"}}<{{.}}>{{end}}{{template \\"t\\" .a}}{{block \\"u\\" .}}{{len .a}}{{end}}", {"a": "é"}]',
    '"<é>2"',
  ],
  ['["{{$x := 1}}{{range 3}}{{$x = .}}{{if eq . 1}}{{break}}{{end}}{{.}}{{end}}{{$x}}", {}]', '"01"'],
  ['["{{printf \\"%05d|%q|%v\\" 42 .s .s | html}}", {"s": "<a>"}]', '"00042|&#34;&lt;a&gt;&#34;|&lt;a&gt;"'],
  ['["{{index .l 1}} {{index .m \\"k\\"}} {{slice .s 1 3}}", {"l": [1, 2], "m": {"k": "v"}, "s": "abcd"}]', '"2 v bc"'],
  ['["{{.a.b.c}}", {"a": 1}]', undefined],
  ['["{{unknown}}", {}]', undefined],
  ['["{{if .a}}", {}]', undefined],
  ['["{{.s}}", {"s": {1}}]', undefined],
  ['["{{.s}}", {"s": "\\u0007"}]', undefined],
] as const;

function join(pieces: readonly string[], maxLength: number, separator = ''): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength }).map((parts) => parts.join(separator));
}

const operand = fc.constantFrom(
  ...[
    '.',
    '.s',
    '.n',
    '.l',
    '.m',
    '.m.x',
    '.m.y.z',
    '.missing',
    '.null',
    '.missing.x',
    '$',
    '$.s',
    '$x',
    '(.m).x',
    '(len .s)',
  ],
  ...[
    '1',
    '-2',
    '0x1F',
    '1.5',
    '1e3',
    '"str"',
    '`raw`',
    "'c'",
    'true',
    'nil',
    '"a\\n\\x41\\u00e9"',
    '1_000',
    '07',
    '.f',
    '.t',
  ],
);
const call = fc
  .tuple(
    fc.constantFrom(
      'print',
      'println',
      'printf "%v-%d"',
      'printf "%q"',
      'len',
      'index',
      'slice',
      'eq',
      'ne',
      'lt',
      'le',
      'gt',
      'ge',
      'and',
      'or',
      'not',
      'html',
      'js',
      'urlquery',
      'call',
      'nope',
    ),
    fc.array(operand, { maxLength: 3 }),
  )
  .map(([called, operands]) => [called, ...operands].join(' '));
const wild = fc.array(fc.oneof(operand, call), { minLength: 1, maxLength: 2 }).map((commands) => commands.join(' | '));
/** What nearly always has a value, so that whole templates have one now and then. */
const tame = fc.constantFrom(
  ...[
    '.',
    '$',
    '$x',
    '$.s',
    '$.m',
    '1',
    '"str"',
    'print $.s $.l',
    'print $.n | len',
    'eq $.s "a"',
    'not $.t',
    '$.l',
    '2',
  ],
  ...[
    'printf "%v|%s" $.l $.n',
    'and $.t $.s',
    'or $.f $.null',
    'html $.s',
    'println $.l $.m',
    'printf "%q" $.s | js',
    '$.null',
  ],
  ...['(index $.m "x")', 'le 1 (len $.l)', 'urlquery $.s $.n', '(print $.s).x | print', '(len $.l) | eq 1 2'],
);
const pipeline = fc.oneof({ weight: 12, arbitrary: tame }, { weight: 1, arbitrary: wild });
const { body } = fc.letrec<{ body: string }>((tie) => ({
  body: fc
    .array(
      fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom('text', ' \n ', '{{- /* c */ -}}', ' {{- "t" -}} ', '<no value>', 'é'),
        fc.constantFrom(
          '{{range $.l}}{{.}}{{break}}{{end}}',
          '{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}',
          '{{break}}',
        ),
        { weight: 3, arbitrary: pipeline.map((of) => `{{${of}}}`) },
        pipeline.map((of) => `{{$x := ${of}}}`),
        pipeline.map((of) => `{{$x = ${of}}}`),
        fc
          .tuple(fc.constantFrom('if', 'with', 'range'), pipeline, tie('body'))
          .map(([kind, of, inner]) => `{{${kind} ${of}}}${inner}{{end}}`),
        fc
          .tuple(pipeline, tie('body'), pipeline, tie('body'))
          .map(([a, b, c, d]) => `{{if ${a}}}${b}{{else if ${c}}}${d}{{else}}E{{end}}`),
        fc
          .tuple(pipeline, tie('body'))
          .map(([of, inner]) => `{{range $i, $x := ${of}}}{{$i}}:${inner}{{else}}none{{end}}`),
        pipeline.map((of) => `{{block "b" ${of}}}{{.}}{{end}}`),
        pipeline.map((of) => `{{template "t" ${of}}}`),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join('')),
}));
const template = fc.tuple(body, body).map(([inner, main]) => {
  // It does not call itself, mostly: that only ends where Go or we give up.
  const own = inner.replaceAll('{{template "t"', '{{print');
  return `{{define "t"}}{{$x := 1}}[${own}]{{end}}{{$x := 0}}${main}`;
});
/** Now and then with characters that no template takes. */
const mild = fc.oneof({ weight: 8, arbitrary: fc.string({ maxLength: 8 }) }, { weight: 1, arbitrary: text });
const { plain } = fc.letrec<{ plain: Value }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 2 },
    mild,
    number,
    fc.boolean(),
    fc.array(tie('plain'), { maxLength: 3 }),
    fc.dictionary(mild, tie('plain'), { maxKeys: 2 }).map(object),
  ),
}));
const data = fc
  .record(
    {
      s: mild,
      n: number,
      l: fc.array(plain, { maxLength: 3 }),
      m: fc.record({ x: plain, y: plain.map((z) => object({ z })) }).map(object),
      null: fc.constant(null),
      f: fc.constant(false),
      t: fc.constant(true),
    },
    { requiredKeys: ['null', 's', 'l', 'n', 't', 'f'] },
  )
  .map(object);

describe('policy/builtins strings.render_template', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [args, result] of cases) {
    it(`renders ${args.slice(1, -1)} as ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(strings, { name, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('does so in OPA too', async () => {
    await expectAgreement(
      opa,
      strings,
      cases.map(([args]) => ({ name, args: readTerm(args) as [] })),
    );
  });

  it('renders templates of any shape as OPA does', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, strings, callsOf(name, [template, data], 2_000));
  });

  it('evaluates single pipelines as OPA does', async function () {
    this.timeout(120_000);
    const action = wild.map((of) => `a{{${of}}}b`);
    await expectAgreement(opa, strings, callsOf(name, [action, data], 2_000));
    await expectAgreement(opa, strings, callsOf(name, [fc.constant('{{.}}'), fc.oneof(value, data)], 300));
  });

  it('refuses what is no template as OPA does', async function () {
    this.timeout(120_000);
    const broken = join(
      [
        '{{',
        '}}',
        '{{-',
        '-}}',
        ' ',
        '.',
        '.s',
        '$',
        '$x',
        ':=',
        '=',
        ',',
        '|',
        '(',
        ')',
        '"',
        '`',
        "'",
        '/*',
        '*/',
        'if',
        'else',
        'end',
        'range',
        'with',
        'define "d"',
        'template "d"',
        'nil',
        'print',
        '1',
        '0x',
        '1e',
        '08',
        '1__0',
        "'ab'",
        '\\',
        'é',
        '{',
        '.1',
        '+1',
        '-',
        '\n',
        '"\\q"',
        '"\\777"',
      ],
      9,
    );
    const actions = join(
      [
        'print',
        '.s',
        '1',
        '|',
        '(',
        ')',
        '$',
        '.',
        ' ',
        ',',
        ':=',
        '"x"',
        'nil',
        'len',
        '$y',
        '=',
        '.m.x',
        'true',
        '0b11',
        '0o7',
        '.5',
        '5.',
        '-0x1e',
        '0x1p4',
        '1E2',
      ],
      6,
      ' ',
    ).map((of) => `{{${of}}}`);
    await expectAgreement(opa, strings, callsOf(name, [fc.oneof(broken, actions), data], 2_000));
  });
});
