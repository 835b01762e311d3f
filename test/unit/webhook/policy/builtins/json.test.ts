import { expect } from 'chai';
import fc from 'fast-check';
import { json } from '../../../../../webhook/policy/builtins/json.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { isArray, RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, object, text, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';
import type { Call } from './oracle.ts';

const cases = [
  ['json.patch', '[{"a":{"b":[1,2]}},[{"op":"add","path":"/a/b/-","value":3}]]', '{"a":{"b":[1,2,3]}}'],
  [
    'json.patch',
    '[{"a":1},[{"op":"replace","path":"a","value":2},{"op":"copy","from":"a","path":"b"}]]',
    '{"a":2,"b":2}',
  ],
  [
    'json.patch',
    '[{"a/b":1,"~":2},[{"op":"remove","path":"/a~1b"},{"op":"move","from":"/~0","path":"/c"}]]',
    '{"c":2}',
  ],
  [
    'json.patch',
    '[{"s":{"x","y"}},[{"op":"remove","path":["s","x"]},{"op":"add","path":"s/z","value":"z"}]]',
    '{"s":{"y","z"}}',
  ],
  ['json.patch', '[{"a":1},[{"op":"test","path":"a","value":2}]]', undefined],
  ['json.patch', '[{"a":1},[{"op":"remove","path":"b"}]]', undefined],
  ['json.patch', '[[1],[{"op":"add","path":"01","value":2}]]', undefined],
  [
    'json.patch',
    '[{"a":[{"x":1},{"x":2}]},[{"op":"add","path":"a/0","value":0},{"op":"add","path":"a/1/y","value":9}]]',
    '{"a":[0,{"x":2,"y":9},{"x":2}]}',
  ],
  [
    'json.marshal_with_options',
    '[{"a":[1,{2}],"b":{}},{"pretty":true,"indent":"  "}]',
    JSON.stringify('{\n  "a": [\n    1,\n    [\n      2\n    ]\n  ],\n  "b": {}\n}'),
  ],
  [
    'json.marshal_with_options',
    '[{"<&>":1.0},{"pretty":false,"prefix":"x"}]',
    JSON.stringify('{"\\u003c\\u0026\\u003e":1.0}'),
  ],
  ['json.marshal_with_options', '[[],{"other":1}]', undefined],
] as const;

/** Documents of few keys, so that paths meet them. */
const { document } = fc.letrec<{ document: Value }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    { weight: 1, arbitrary: fc.constantFrom<Value>(1, 'x', null, 'a') },
    { weight: 3, arbitrary: fc.array(tie('document'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(tie('document'), { maxLength: 3 }).map((members) => new RegoSet(members)) },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(fc.constantFrom<Value>('a', 'b', 'a/b', '0', 1), tie('document')), { maxLength: 4 })
        .map((entries) => new RegoObject(entries)),
    },
  ),
}));

/** What is where in a document. */
function placesOf(of: Value, path: readonly Value[] = []): readonly (readonly [path: readonly Value[], at: Value])[] {
  let children: readonly (readonly [Value, Value])[] = [];
  if (of instanceof RegoObject) children = of.entries;
  else if (of instanceof RegoSet) children = of.values.map((member) => [member, member]);
  else if (isArray(of)) children = of.map((element, at) => [at, element]);
  return [[path, of], ...children.flatMap(([key, child]) => placesOf(child, [...path, key]))];
}

/** A path as pointer where that says it, else as array. */
function pointerOf(path: readonly Value[]): Value {
  const keys = path.flatMap((key) => (typeof key === 'string' || typeof key === 'number' ? [String(key)] : []));
  if (keys.length < path.length) return path;
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function patchOf(of: Value): fc.Arbitrary<Value> {
  const places = placesOf(of);
  const known = fc.constantFrom(...places.map(([path]) => path));
  const key = fc.constantFrom<Value>('a', 'b', 0, 1, '0', '-', '01', '-1', 'x', '1.0', '+0');
  const keys = fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 4, arbitrary: fc.tuple(known, key).map(([path, last]) => [...path.slice(0, -1), last]) },
    { weight: 2, arbitrary: fc.tuple(known, key).map(([path, last]) => [...path, last]) },
    { weight: 1, arbitrary: fc.array(key, { maxLength: 3 }) },
  );
  const written = fc.oneof(keys, keys.map(pointerOf));
  // The root is never removed: OPA itself dies of that.
  const inside = written.filter((path) => path !== '' && path !== '/' && !(isArray(path) && path.length === 0));
  const tested = fc.constantFrom(...places).map(([path, at]) => ({ op: 'test', path: pointerOf(path), value: at }));
  const operation = fc.oneof(
    { weight: 3, arbitrary: fc.record({ op: fc.constant('add'), path: written, value: document }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('replace', 'remove'), path: inside, value: document }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('move', 'copy'), from: inside, path: written }) },
    { weight: 2, arbitrary: tested },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('remove', 'other'), path: inside }, { requiredKeys: [] }) },
  );
  return fc.array(operation, { minLength: 1, maxLength: 4 }).map((operations) => operations.map(object));
}

describe('policy/builtins json', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  for (const [name, args, result] of cases) {
    it(`${name}(${args.slice(1, -1)}) is ${result ?? 'undefined'}`, () => {
      const expected = result === undefined ? undefined : readTerm(result);
      expect(answer(json, { name, args: readTerm(args) as [] })).to.deep.equal(expected);
    });
  }

  it('answers the examples as OPA does', async () => {
    await expectAgreement(
      opa,
      json,
      cases.map(([name, args]) => ({ name, args: readTerm(args) as [] })),
    );
  });

  it('has no answer when nothing is left of the document', () => {
    const [document, patch] = readTerm('[{"a":1},[{"op":"remove","path":""}]]') as [Value, Value];
    expect(answer(json, { name: 'json.patch', args: [document, patch] })).to.equal(undefined);
  });

  it('patches any document as OPA does', async function () {
    this.timeout(120_000);
    const pairs = document.chain((of) => fc.tuple(fc.constant(of), patchOf(of)));
    const calls: readonly Call[] = fc
      .sample(pairs, { numRuns: 2_500, seed: 20261125 })
      .map((args) => ({ name: 'json.patch', args }));
    await expectAgreement(opa, json, calls);
    await expectAgreement(opa, json, callsOf('json.patch', [value, value], 100));
  });

  it('writes any value as OPA does', async function () {
    this.timeout(120_000);
    const options = fc.oneof(
      fc.record(
        { pretty: fc.boolean(), prefix: fc.constantFrom('', '> '), indent: fc.constantFrom('', ' ', '\t') },
        { requiredKeys: [] },
      ),
      fc.record({ pretty: value, indent: text, extra: value }, { requiredKeys: [] }),
    );
    await expectAgreement(opa, json, callsOf('json.marshal_with_options', [value, options.map(object)], 1_500));
  });
});
