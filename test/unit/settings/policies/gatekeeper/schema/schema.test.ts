import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../../../../../../runtime/problem.ts';
import { Field, writePath } from '../../../../../../settings/policies/field.ts';
import { withDefaults } from '../../../../../../settings/policies/gatekeeper/schema/default.ts';
import { readSchema } from '../../../../../../settings/policies/gatekeeper/schema/read.ts';
import { refuseUnknownKeys } from '../../../../../../settings/policies/gatekeeper/schema/unknown.ts';
import { validate } from '../../../../../../settings/policies/gatekeeper/schema/validate.ts';

interface Judged {
  /** Of the schema itself. */
  readonly schema: readonly string[];
  /** Of the value, then its unknown keys. */
  readonly value: readonly string[];
  readonly filled: unknown;
}

function judge(written: unknown, value: unknown, isLegacy = false): Judged {
  const fieldOf = (of: unknown, problems: Problem[]): Field =>
    new Field(of, [], { code: 'Wrong', problems, locate: writePath });
  const lines = (problems: readonly Problem[]): readonly string[] =>
    problems.map(({ field, allowed }) => `${field}: ${allowed}`);
  const [ofSchema, ofValue]: [Problem[], Problem[]] = [[], []];
  const schema = readSchema(fieldOf(written, ofSchema), isLegacy);
  validate(schema, fieldOf(value, ofValue));
  refuseUnknownKeys(schema, fieldOf(value, ofValue));
  return { schema: lines(ofSchema), value: lines(ofValue), filled: withDefaults(schema, value) };
}

const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const text = { type: 'string' };

/** What Gatekeeper's own `gator verify` 3.23.1 says of each, run by hand once; where we say otherwise, the row says why. */
describe('settings/policies/gatekeeper/schema', () => {
  const schemas: readonly (readonly [string, object, readonly string[], readonly string[]])[] = [
    // title, schema, problems, problems when it is legacy
    ['no type', { properties: { a: text } }, ['type: one of array, boolean, integer, number, object, string'], []],
    ['nothing at all', {}, ['type: one of array, boolean, integer, number, object, string'], []],
    ['a list without items', { type: 'array' }, ['items: the schema of the items'], []],
    ...(
      [
        [
          'properties and additionalProperties',
          object({ a: text }, { additionalProperties: text }),
          'additionalProperties: nothing, as there are properties',
        ],
        [
          'a type that is none',
          object({ a: { type: 'strin' } }),
          'properties.a.type: one of array, boolean, integer, number, object, string',
        ],
        ['several schemas for items', { type: 'array', items: [text] }, 'items: one schema for all items'],
        ['$ref', { ...text, $ref: '#/x' }, '[$ref]: nothing'],
        ['patternProperties', { type: 'object', patternProperties: {} }, 'patternProperties: nothing'],
        ['uniqueItems', { type: 'array', items: text, uniqueItems: true }, 'uniqueItems: false'],
        [
          'unknown keys not kept',
          { ...text, 'x-kubernetes-preserve-unknown-fields': false },
          'x-kubernetes-preserve-unknown-fields: true, or nothing',
        ],
        [
          'a pattern that is none',
          { ...text, pattern: '(?=x)' },
          'pattern: a regular expression of RE2 (https://github.com/google/re2/wiki/Syntax)',
        ],
        ['a default of another type', object({ a: { ...text, default: 7 } }), 'properties.a.default: of type string'],
        [
          'a type within anyOf',
          { ...text, anyOf: [text] },
          'anyOf[0].type: nothing, within allOf, anyOf, oneOf and not',
        ],
        [
          'a default within not',
          { ...text, not: { default: 'x' } },
          'not.default: nothing, within allOf, anyOf, oneOf and not',
        ],
        [
          'a description deep within anyOf',
          object({ a: text }, { anyOf: [{ properties: { a: { description: 'x' } } }] }),
          'anyOf[0].properties.a.description: nothing, within allOf, anyOf, oneOf and not',
        ],
        ['a limit that is no number', { ...text, maxLength: '3' }, 'maxLength: a number'],
      ] as const
    ).map(([title, schema, problem]) => [title, schema, [problem], [problem]] as const),
    [
      'a default with a key that is not known',
      object({ a: { ...object({ b: text }), default: { c: 1 } } }),
      ['properties.a.default.c: keys are b'],
      [],
    ],
    [
      'int-or-string as API servers write it',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      [],
      [],
    ],
    [
      'everything that is structural',
      object(
        { a: { ...text, description: 'd', nullable: true, enum: ['x'], default: 'x' } },
        { title: 't', required: ['a'] },
      ),
      [],
      [],
    ],
  ];
  for (const [title, schema, plain, legacy] of schemas) {
    it(`${plain.length === 0 ? 'takes' : 'refuses'} a schema with ${title}${plain.length > legacy.length ? ', unless it is legacy' : ''}`, () => {
      expect(judge(schema, undefined).schema).to.deep.equal(plain);
      expect(judge(schema, undefined, true).schema).to.deep.equal(legacy);
    });
  }

  const values: readonly (readonly [object, unknown, readonly string[]])[] = [
    [object({ a: text }), { a: 'x' }, []],
    [object({ a: text }), { a: 1 }, ['a: of type string']],
    [object({ a: text }), { a: null }, ['a: of type string']],
    [object({ a: { ...text, nullable: true } }), { a: null }, []],
    [object({ a: text }), null, [': of type object']],
    [object({ a: text }), { b: 1 }, ['b: keys are a']],
    [{ type: 'object' }, { a: 1 }, ['a: no key']],
    [{ type: 'object', additionalProperties: text }, { a: 'x', b: 2 }, ['b: of type string']],
    [{ type: 'object', additionalProperties: true }, { a: [1] }, []],
    [{ type: 'object', additionalProperties: true }, { a: { b: 1 } }, ['a.b: no key']],
    [{ type: 'object', additionalProperties: false }, {}, []],
    [{ type: 'object', additionalProperties: false }, { z: 1 }, ['z: no key besides those of the schema', 'z: no key']],
    [object({ a: { 'x-kubernetes-preserve-unknown-fields': true } }), { a: { z: [1] } }, []],
    [
      object({ a: object({ b: object({ c: text }) }, { 'x-kubernetes-preserve-unknown-fields': true }) }),
      { a: { z: 1, b: { d: 1 } } },
      ['a.b.d: keys are c'],
    ],
    [{ type: 'integer' }, 1.0, []],
    [{ type: 'integer' }, 1.5, [': of type integer']],
    // Gatekeeper reads it as a double, and refuses it for that.
    [{ type: 'integer' }, 9007199254740993n, []],
    [{ type: 'number' }, '1', [': of type number']],
    [{ type: 'boolean' }, 'true', [': of type boolean']],
    [{ 'x-kubernetes-int-or-string': true }, '1', []],
    [{ 'x-kubernetes-int-or-string': true }, 1.5, [': of type integer or string']],
    [{ ...text, enum: ['x', 'y'] }, 'z', [': one of x, y']],
    [{ type: 'object', additionalProperties: true, enum: [{ a: 1, b: [2] }] }, { b: [2], a: 1 }, []],
    [{ ...text, pattern: '^a(?i)B$' }, 'ab', []],
    [{ ...text, pattern: 'b+' }, 'ac', [': a text that matches b+']],
    [{ ...text, minLength: 2, maxLength: 3 }, 'é', [': at least 2 characters']],
    [{ ...text, maxLength: 2 }, '🐝🐝', []],
    [{ ...text, maxLength: 1 }, '🐝🐝', [': at most 1 characters']],
    [{ ...text, format: 'ipv4' }, 'x', [': a text of the format ipv4']],
    [{ ...text, format: 'no-such-format' }, 'x', []],
    [{ type: 'integer', minimum: 3, exclusiveMinimum: true, multipleOf: 2 }, 3, [': more than 3', ': a multiple of 2']],
    [{ type: 'integer', maximum: 3 }, 4, [': at most 3']],
    [{ type: 'number', maximum: 3, exclusiveMaximum: true }, 3, [': less than 3']],
    [{ type: 'number', minimum: 0.5 }, 0.25, [': at least 0.5']],
    [{ type: 'array', items: text, minItems: 2 }, ['x'], [': at least 2 items']],
    [{ type: 'array', items: text, maxItems: 1 }, ['x', null], [': at most 1 items', '[1]: of type string']],
    [{ type: 'object', additionalProperties: text, minProperties: 1 }, {}, [': at least 1 keys']],
    [{ type: 'object', additionalProperties: text, maxProperties: 0 }, { a: 'x' }, [': at most 0 keys']],
    [object({ a: text }, { required: ['a'] }), {}, ['a: a value; it is required']],
    [object({ a: text }, { required: ['a'] }), undefined, []],
    [
      object({ a: text, b: text }, { anyOf: [{ required: ['a'] }, { required: ['b'] }] }),
      {},
      [': a value that fits one of the schemas of anyOf'],
    ],
    [
      object({ a: text, b: text }, { oneOf: [{ required: ['a'] }, { required: ['b'] }] }),
      { a: 'x', b: 'y' },
      [': a value that fits exactly one of the schemas of oneOf; it fits 2'],
    ],
    [{ ...text, not: { pattern: 'x' } }, 'x', [': a value that does not fit the schema of not']],
    [{ ...text, allOf: [{ pattern: 'x' }, { maxLength: 1 }] }, 'xx', [': at most 1 characters']],
    [
      { type: 'array', items: text, anyOf: [{ items: { pattern: '^x' } }] },
      ['y'],
      [': a value that fits one of the schemas of anyOf'],
    ],
  ];
  for (const [schema, value, expected] of values) {
    const shownValue = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part));
    it(`${expected.length === 0 ? 'takes' : 'refuses'} ${shownValue} for ${JSON.stringify(schema)}`, () => {
      expect(judge(schema, value)).to.deep.include({ schema: [], value: expected });
    });
  }

  it('keeps every key under a legacy schema, and still checks those that it knows', () => {
    expect(judge(object({ a: text, n: object({}) }), { a: 1, b: 2, n: { x: 1 } }, true).value).to.deep.equal([
      'a: of type string',
    ]);
  });

  const defaults: readonly (readonly [object, unknown, unknown])[] = [
    [object({ a: { ...text, default: 'z' } }), {}, { a: 'z' }],
    [object({ a: { ...text, default: 'z' } }), { a: 'own' }, { a: 'own' }],
    [object({ a: { ...text, default: 'z' } }), undefined, undefined],
    [object({ a: { ...text, default: 'z', nullable: true } }), { a: null }, { a: null }],
    [object({ n: object({ q: { type: 'integer', default: 3 } }) }), {}, {}],
    [object({ n: object({ q: { type: 'integer', default: 3 } }) }), { n: {} }, { n: { q: 3 } }],
    [object({ n: { ...object({ q: { type: 'integer', default: 3 } }), default: {} } }), {}, { n: { q: 3 } }],
    [
      object({ a: { type: 'array', items: object({ b: { ...text, default: 'q' } }) } }),
      { a: [{}, { b: 'x' }] },
      { a: [{ b: 'q' }, { b: 'x' }] },
    ],
    [{ type: 'object', additionalProperties: object({ b: { ...text, default: 'q' } }) }, { k: {} }, { k: { b: 'q' } }],
  ];
  for (const [schema, value, filled] of defaults) {
    it(`fills ${JSON.stringify(value)} to ${JSON.stringify(filled)}`, () => {
      expect(judge(schema, value).filled).to.deep.equal(filled);
    });
  }

  describe('formats', () => {
    const formats: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      ['ipv6', ['::1', 'fe80::1'], ['1.2.3.4', ':']],
      ['cidr', ['10.0.0.0/8', 'fd00::/8'], ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/1']],
      ['uri', ['https://a.b/c', '/path'], ['a b']],
      ['hostname', ['a.b-c', 'a'], ['a_b', '-a', 'a'.repeat(64)]],
      ['email', ['a@b'], ['a', '@b', 'a b@c']],
      ['mac', ['00:1A:2b:3c:4d:5e'], ['00:1A']],
      ['uuid', ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'], ['6ba7b810']],
      ['byte', ['', 'YQ==', 'YWI='], ['YQ=', '?']],
      ['date', ['2026-11-25'], ['25.11.2026', '2026-13-01']],
      ['date-time', ['2026-11-25T00:00:00Z', '2026-11-25T00:00:00.5+01:00'], ['2026-11-25']],
      ['datetime', ['2026-11-25T00:00:00Z'], ['x']],
      ['k8s-short-name', ['a-b'], ['A', 'a.b', '']],
      ['k8s-long-name', ['a.b-c'], ['a..b', 'A']],
    ];
    for (const [format, good, bad] of formats) {
      it(`tells ${format} from other texts`, () => {
        for (const value of good) expect(judge({ ...text, format }, value).value, value).to.deep.equal([]);
        for (const value of bad) expect(judge({ ...text, format }, value).value, value).to.have.length(1);
      });
    }
  });

  describe('laws', () => {
    const leaf = fc.constantFrom<object>(
      text,
      { type: 'integer', default: 1 },
      { type: 'boolean' },
      { ...text, default: 'd' },
    );
    const { schema } = fc.letrec<{ schema: object }>((tie) => ({
      schema: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc
          .dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema'), { maxKeys: 3 })
          .map((properties) => object(properties)),
        tie('schema').map((items) => ({ type: 'array', items })),
      ),
    }));
    const value = fc.object({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      maxDepth: 3,
      values: [fc.string(), fc.integer(), fc.boolean()],
    });

    it('fills defaults once: again, and nothing changes; what was right stays right', () => {
      fc.assert(
        fc.property(schema, value, (written, of) => {
          const { filled, value: before } = judge(written, of);
          const again = judge(written, filled);
          expect(again.filled).to.deep.equal(filled);
          if (before.length === 0) expect(again.value).to.deep.equal([]);
        }),
      );
    });

    it('takes under a legacy schema whatever the same schema takes', () => {
      fc.assert(
        fc.property(schema, value, (written, of) => {
          if (judge(written, of).value.length === 0) expect(judge(written, of, true).value).to.deep.equal([]);
        }),
      );
    });
  });
});
