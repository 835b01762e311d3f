import { expect } from 'chai';
import fc from 'fast-check';
import { encoding } from '../../../../../webhook/policy/builtins/encoding.ts';
import { urls } from '../../../../../webhook/policy/builtins/urls.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, text, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';

const builtins = { ...encoding, ...urls };

function join(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(''));
}

const escaped = fc.oneof(
  text,
  join(['a', '%41', '%c3%a9', '%ff', '%', '%4', '%zz', '+', '=', '&', ';', ' ', 'é', '%25', '%2B', 'key', '?'], 6),
);
const uri = fc.oneof(
  text,
  join(
    [
      'http:',
      '//',
      '/',
      'a.b',
      ':',
      '80',
      '[',
      ']',
      '::1',
      '%25',
      'eth0',
      '@',
      'user:pw',
      '?',
      '#',
      'q=1',
      '%41',
      '*',
      'é',
      ' ',
      '\\',
    ],
    8,
  ),
  fc
    .tuple(
      fc.constantFrom('', 'http:', 'HTTPS:', 'mongodb:', 'mailto:', 'a+b-c.1:', '1a:', ':'),
      fc.constantFrom('', '//', '///', '/'),
      fc.constantFrom('', 'user@', 'u:p%40@', 'u:p:q@', 'ü@', 'a@b@', 'u%zz@'),
      fc.constantFrom(
        'host',
        'EXAMPLE.com',
        '[::1]',
        '[fe80::1%25en0]',
        '[1.2.3.4]',
        '[::ffff:1.2.3.4]',
        'h%41',
        'h%c3%a9',
        'a,b:1,c:2',
        'a b',
        '[::1',
        '',
        '<x>',
        '[::1%25]',
        '[1::2::3]',
        '[::12345]',
        '[1:2:3:4:5:6:7:8:9]',
        'ho"st',
      ),
      fc.constantFrom('', ':', ':80', ':8x', '::80', ':%34'),
      fc.constantFrom('', '/', '/p/a%2fb', '/a b', '/é', '/%', '/a;b,c', 'p'),
      fc.constantFrom('', '?', '?a=b&c', '?a?b', '?%zz', '? '),
      fc.constantFrom('', '#', '#frag', '#a%20b', '#%', '##', '#\u0007'),
    )
    .map((parts) => parts.join('')),
);
const query = fc.oneof(
  fc
    .array(
      fc.tuple(
        fc.oneof(text, value),
        fc.oneof(
          text,
          fc.array(text, { maxLength: 2 }),
          fc.array(text, { maxLength: 2 }).map((of) => new RegoSet(of)),
        ),
      ),
      { maxLength: 3 },
    )
    .map((entries) => new RegoObject(entries)),
  value,
);

const cases = [
  ['hex.encode', '["é"]', '"c3a9"'],
  ['hex.decode', '["C3a9"]', '"é"'],
  ['hex.decode', '["abc"]', undefined],
  ['base64url.encode_no_pad', '["a?>"]', '"YT8-"'],
  ['urlquery.encode', '["a b&c=d/é~"]', '"a+b%26c%3Dd%2F%C3%A9~"'],
  ['urlquery.decode', '["a+b%26"]', '"a b&"'],
  ['urlquery.decode', '["%4"]', undefined],
  ['urlquery.encode_object', '[{"b":{"y","x"},"a":["1"],"c":""}]', '"a=1&b=x&b=y&c="'],
  ['urlquery.encode_object', '[{"a":1}]', undefined],
  ['urlquery.decode_object', '["a=1&a=2&b"]', '{"a":["1","2"],"b":[""]}'],
  ['urlquery.decode_object', '["a=1;b=2"]', undefined],
  [
    'uri.parse',
    '["HTTPS://u:p@example.com:8443/a%20b?x=1#top"]',
    '{"scheme":"https","hostname":"example.com","port":"8443","path":"/a b","raw_path":"/a b","raw_query":"x=1","fragment":"top"}',
  ],
  ['uri.parse', '["mailto:a@example.com"]', '{"scheme":"mailto"}'],
  ['uri.parse', '["http://a b/"]', undefined],
  ['uri.is_valid', '["http://[::1]:80/"]', 'true'],
  ['uri.is_valid', '[""]', 'false'],
  ['uri.is_valid', '[1]', 'false'],
] as const;

describe('policy/builtins encoding and urls', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [name, args, result] of cases) {
    it(`${name}(${args.slice(1, -1)}) is ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(builtins, { name, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      builtins,
      cases.map(([name, args]) => ({ name, args: readTerm(args) as [] })),
    );
  });

  it('answers as OPA does for any text', async function () {
    this.timeout(120_000);
    await expectAgreement(opa, builtins, [
      ...callsOf('hex.encode', [text], 100),
      ...callsOf('hex.decode', [fc.oneof(text, join(['00', 'ff', 'C3', 'a9', '4', 'g', '41'], 5))], 200),
      ...callsOf('base64url.encode_no_pad', [text], 100),
      ...callsOf('urlquery.encode', [text], 200),
      ...callsOf('urlquery.decode', [escaped], 400),
      ...callsOf('urlquery.encode_object', [query], 400),
      ...callsOf('urlquery.decode_object', [escaped], 600),
    ]);
    await expectAgreement(opa, builtins, callsOf('uri.parse', [uri], 2_000));
    await expectAgreement(opa, builtins, callsOf('uri.is_valid', [uri], 500));
  });
});
