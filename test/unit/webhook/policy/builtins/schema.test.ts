import { expect } from 'chai';
import fc from 'fast-check';
import { json } from '../../../../../webhook/policy/builtins/json.ts';
import { readTerm, writeTerm } from '../../../../../webhook/policy/value/text.ts';
import { isArray, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, number, object, scalar, text, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';

const cases = [
  [
    'json.match_schema',
    '[{"a":"x"},{"properties":{"a":{"type":"integer"}}}]',
    '[false,[{"desc":"Invalid type. Expected: integer, given: string","error":"a: Invalid type. Expected: integer, given: string","field":"a","type":"invalid_type"}]]',
  ],
  [
    'json.match_schema',
    '["{\\"a\\":1.0}","{\\"required\\":[\\"a\\"],\\"properties\\":{\\"a\\":{\\"type\\":\\"integer\\"}}}"]',
    '[true,[]]',
  ],
  [
    'json.match_schema',
    '[[1,[2]],{"$ref":"#/definitions/list","definitions":{"list":{"type":"array","items":{"anyOf":[{"type":"integer"},{"$ref":"#/definitions/list"}]}}}}]',
    '[true,[]]',
  ],
  ['json.match_schema', '[1,{}]', undefined],
  ['json.match_schema', '[{},{"type":"nothing"}]', undefined],
  ['json.verify_schema', '[{"type":"object"}]', '[true,null]'],
  [
    'json.verify_schema',
    '[{"type":"nothing"}]',
    '[false,"jsonschema: has a primitive type that is NOT VALID -- given: /nothing/ Expected valid values are:[array boolean integer number null object string]"]',
  ],
  ['json.verify_schema', '["{"]', '[false,"jsonschema: invalid JSON string"]'],
  ['json.verify_schema', '[1]', '[false,"jsonschema: wrong type, expected string or object"]'],
  ['json.verify_schema', '[{"$ref":"#/definitions/x"}]', '[false,"jsonschema: Object has no key \'definitions\'"]'],
] as const;

const name = fc.constantFrom('a', 'b', 'c', 'ab', 'é.x');
const few = fc.constantFrom<Value>(
  ...['1', '2', '1.0', '1.5', '10', '1000000', '-3', '0.1', '"a"', '"ab"', '"é"', 'true', 'null', '""'].map(readTerm),
);
const { document } = fc.letrec<{ document: Value }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: few },
    // OPA dies of numbers beyond doubles where it compares values.
    { weight: 1, arbitrary: fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })) },
    { weight: 2, arbitrary: fc.array(tie('document'), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.dictionary(name, tie('document'), { maxKeys: 3 }).map(object) },
  ),
}));
const type = fc.constantFrom('string', 'integer', 'number', 'object', 'array', 'boolean', 'null');
const limit = fc.constantFrom<Value>(
  ...['0', '1', '2', '3', '2.5', '0.1', '1e1', '1234567', '1048576', '0.00001'].map(readTerm),
);
const count = fc.integer({ min: 0, max: 3 });
const pattern = fc.constantFrom('^a', 'b$', '.', '^[a-c]+$', 'x');

/** Where a boolean is no schema of its own. */
function notBoolean(schema: Value): Value {
  return typeof schema === 'boolean' ? object({}) : schema;
}

/** Schemas that say something about the documents above; `extra` adds to the keywords. */
function schemas(extra: Readonly<Record<string, fc.Arbitrary<Value>>> = {}): fc.Arbitrary<Value> {
  return fc.letrec<{ schema: Value }>((tie) => {
    const schema = tie('schema');
    const keywords: Readonly<Record<string, fc.Arbitrary<Value>>> = {
      type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
      properties: fc.dictionary(name, schema, { maxKeys: 2 }).map(object),
      patternProperties: fc.dictionary(pattern, schema, { maxKeys: 2 }).map(object),
      additionalProperties: fc.oneof(fc.boolean(), schema.map(notBoolean)),
      propertyNames: schema,
      dependencies: fc.dictionary(name, fc.oneof(schema, fc.array(name, { maxLength: 2 })), { maxKeys: 2 }).map(object),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      minProperties: fc.integer({ min: 0, max: 1 }),
      maxProperties: fc.integer({ min: 1, max: 3 }),
      items: fc.oneof(schema, fc.array(schema, { maxLength: 2 })),
      additionalItems: fc.oneof(fc.boolean(), schema.map(notBoolean)),
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
      contains: schema,
      minimum: limit,
      exclusiveMinimum: limit,
      maximum: limit,
      exclusiveMaximum: limit,
      multipleOf: limit.filter((of) => of !== 0),
      minLength: fc.integer({ min: 0, max: 1 }),
      maxLength: fc.integer({ min: 1, max: 2 }),
      pattern,
      format: fc.constantFrom('date', 'regex', 'email', 'nothing'),
      const: document,
      enum: fc.uniqueArray(few, { minLength: 1, maxLength: 3, selector: writeTerm }),
      oneOf: fc.array(schema, { minLength: 1, maxLength: 2 }),
      anyOf: fc.array(schema, { minLength: 1, maxLength: 2 }),
      allOf: fc.array(schema, { minLength: 1, maxLength: 2 }),
      not: schema,
      if: schema,
      then: schema,
      else: schema,
      $ref: fc.constantFrom('#/definitions/one', '#two', '#/definitions/list'),
      ...extra,
    };
    const one = fc
      .subarray(Object.keys(keywords), { minLength: 1, maxLength: 3 })
      .chain((names) =>
        fc.tuple(
          ...names.map((keyword) => (keywords[keyword] ?? fc.constant(null)).map((of) => [keyword, of] as const)),
        ),
      )
      .map((entries) => object(Object.fromEntries(entries)));
    return {
      schema: fc.oneof(
        { maxDepth: 3 },
        { weight: 1, arbitrary: fc.boolean() },
        { weight: 6, arbitrary: one },
        { weight: 1, arbitrary: fc.constant(object({})) },
      ),
    };
  }).schema;
}

/** A schema with definitions that the others may refer to, and that refer to themselves. */
const whole = fc
  .tuple(
    schemas(),
    fc.constantFrom(
      undefined,
      'http://json-schema.org/draft-04/schema#',
      'http://json-schema.org/draft-07/schema#',
      'https://json-schema.org/draft/2020-12/schema',
    ),
  )
  .map(([of, draft]) =>
    object({
      ...(draft === undefined ? {} : { $schema: draft }),
      allOf: [of],
      definitions: object({
        one: object({ type: 'integer' }),
        two: object({ $id: '#two', minimum: 2 }),
        list: object({ type: ['array', 'string'], items: object({ $ref: '#/definitions/list' }) }),
      }),
    }),
  );

/** OPA goes through objects in any order: what it found counts, not in which order. */
function unordered(result: Value | undefined): Value | undefined {
  if (result === undefined || !isArray(result)) return result;
  const [isValid, errors] = result as [Value, Value];
  return [isValid, isArray(errors) ? new RegoSet(errors) : errors];
}

/** Of several mistakes OPA reports any. */
function verdict(result: Value | undefined): Value | undefined {
  return result === undefined || !isArray(result) ? result : result.slice(0, 1);
}

describe('policy/builtins json schema', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [called, args, result] of cases) {
    it(`${called}(${args.slice(1, -1)}) is ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(json, { name: called, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      json,
      cases.map(([called, args]) => ({ name: called, args: readTerm(args) as [] })),
    );
  });

  it('matches any document by any schema as OPA does', async function () {
    this.timeout(120_000);
    const calls = callsOf(
      'json.match_schema',
      [
        fc.oneof(fc.array(document, { maxLength: 3 }), fc.dictionary(name, document, { maxKeys: 4 }).map(object)),
        whole,
      ],
      1_500,
    );
    await expectAgreement(opa, json, calls, unordered);
  });

  it('matches by a single keyword as OPA does, texts of errors included', async function () {
    this.timeout(120_000);
    const calls = callsOf(
      'json.match_schema',
      [fc.array(document, { maxLength: 2 }), schemas().map((items) => object({ items }))],
      1_000,
    );
    await expectAgreement(opa, json, calls, unordered);
  });

  it('verifies schemas as OPA does, good and bad', async function () {
    this.timeout(120_000);
    const extra = {
      type: fc.oneof(type, fc.constantFrom<Value>('nothing', 1, ['string', 'string'])),
      minLength: fc.oneof(number, fc.constant('x')),
    };
    await expectAgreement(opa, json, callsOf('json.verify_schema', [fc.oneof(schemas(extra), whole)], 600), verdict);
    const keywords = [
      'type',
      'properties',
      'items',
      'minLength',
      'maximum',
      'exclusiveMaximum',
      'enum',
      'required',
      'pattern',
      'format',
      'allOf',
      'not',
      'if',
      'additionalItems',
      'additionalProperties',
      'patternProperties',
      'propertyNames',
      'dependencies',
      'definitions',
      'uniqueItems',
      'multipleOf',
      'minProperties',
      'maxItems',
      'title',
      '$id',
      'id',
      'contains',
      'const',
      '$schema',
    ];
    const odd = fc.oneof(
      scalar.filter((of) => typeof of !== 'string'),
      fc.constantFrom<Value>(
        '',
        'x',
        '[',
        'integer',
        [],
        [1],
        ['a', 'a'],
        [object({})],
        object({}),
        object({ a: 1 }),
        object({ '[': object({}) }),
        object({ a: [1] }),
      ),
    );
    const single = fc.tuple(fc.constantFrom(...keywords), odd).map(([keyword, of]) => object({ [keyword]: of }));
    await expectAgreement(opa, json, callsOf('json.verify_schema', [single], 1_500));
    await expectAgreement(opa, json, callsOf('json.verify_schema', [value], 150), verdict);
  });

  it('finds schemas by reference as OPA does', async function () {
    this.timeout(120_000);
    const reference = fc.constantFrom(
      '#',
      '#/definitions/a',
      '#/definitions/a/items',
      '#b',
      'c.json',
      'c.json#/definitions/d',
      'http://127.0.0.1:1/c.json',
      'http://127.0.0.1:1/dir/c.json#/definitions/d',
      '../c.json',
      '#/definitions/missing',
      '#/definitions/a/enum/0',
      '#/definitions/a%25b',
      '#/definitions/~0~1',
      'other.json',
      'urn:x:y',
      '#/definitions/e/0',
      '#/definitions/e/5',
      '/dir/c.json',
    );
    const id = fc.constantFrom<Record<string, Value>>(
      {},
      { $id: 'http://127.0.0.1:1/dir/root.json' },
      { id: 'http://127.0.0.1:1/root.json' },
      { $id: 'root.json' },
      { $id: 'urn:x:root' },
    );
    const schema = fc.tuple(id, reference, reference).map(([own, first, second]) =>
      object({
        ...own,
        properties: object({ p: object({ $ref: first }), q: object({ items: object({ $ref: second }) }) }),
        definitions: object({
          a: object({ type: 'string', items: object({ type: 'integer' }), enum: ['x', 'y'] }),
          b: object({ $id: '#b', type: 'boolean' }),
          c: object({ $id: 'c.json', type: 'array', definitions: object({ d: object({ const: 1 }) }) }),
          'a%b': object({ type: 'null' }),
          '~/': object({ type: 'object' }),
        }),
      }),
    );
    const parts = fc.tuple(few, few).map(([p, q]) => object({ p, q: [q] }));
    // OPA asks for what is elsewhere, in vain: nobody listens on that port.
    await expectAgreement(opa, json, callsOf('json.match_schema', [parts, schema], 400), unordered);
    await expectAgreement(opa, json, callsOf('json.verify_schema', [schema], 200), verdict);
  });

  it('knows the formats as OPA does', async function () {
    this.timeout(120_000);
    const formats: Readonly<Record<string, readonly string[]>> = {
      date: ['2024-02-29', '2023-02-29', '2024-2-9', '2024-13-01', 'x'],
      time: ['12:00:00', '1:00:00Z', '24:00:00', '12:00:00.5+01:00', '12:00', '12:00:60', '12:00:00,5'],
      'date-time': [
        '2024-01-01T00:00:00Z',
        '2024-01-01t00:00:00Z',
        '2024-01-01T0:00:00Z',
        '2024-01-01',
        '12:00:00',
        '2024-01-01T00:00:00',
        '2024-01-01T00:00:00.123456789+24:60',
      ],
      hostname: ['a', 'a.b', '-a', 'a-', 'a..b', 'a_b', 'x'.repeat(64), `${'a.'.repeat(127)}aa`, 'é'],
      email: [
        'a@b',
        'a@b.c',
        'A B <a@b>',
        '"q q"@b',
        'a@[1.2.3.4]',
        'a@[x]',
        'a b@c',
        'a@',
        '@b',
        '.a@b',
        'a..b@c',
        'a.@b',
        'é@é',
        'a@b (note)',
        'a@b (no(te)',
        'g: a@b;',
        'g: a@b, c@d;',
        'g:;',
        '<a@b>',
        '"x" y <a@b',
        '""@b',
        'a@b.',
        ' a@b ',
        'a <a@b> x',
        '=?utf-8?q?x?= <a@b>',
        '(c) a@b',
        'a\\b@c',
        'a (c) <a@b>',
        '. <a@b>',
      ],
      ipv4: ['1.2.3.4', '1.2.3', '256.1.1.1', '01.2.3.4', '::ffff:1.2.3.4', '::1'],
      ipv6: ['::1', '::1%eth0', '1.2.3.4', '::ffff:1.2.3.4', '1::2::3', 'g::'],
      uri: ['http://a/b', '/a', 'a:b', 'http://a b', 'a\\:b', '', '%zz:'],
      'uri-reference': ['http://a/b', '/a', 'a b', 'a\\b', '', '%zz', '1:2'],
      'uri-template': ['http://a/{b}', '/{a}/{b', '}{a}', '{', '{a{b}', '\\{a}', 'a:b{'],
      uuid: [
        '123e4567-e89b-12d3-a456-426614174000',
        '123E4567-E89B-12D3-A456-426614174000',
        '123e4567e89b12d3a456426614174000',
        '',
      ],
      regex: ['a*', '(', '', '(?=a)'],
      'json-pointer': ['', '/a', 'a', '/~0~1', '/~2', '/a/'],
      'relative-json-pointer': ['0', '0#', '01', '1/a', '1a', '-1'],
      iri: ['http://é', 'é'],
      unknown: ['anything'],
    };
    const calls = Object.entries(formats).flatMap(([format, texts]) =>
      texts.map((text) => ({ name: 'json.match_schema', args: [[text], object({ items: object({ format }) })] })),
    );
    await expectAgreement(opa, json, calls);
  });
});
