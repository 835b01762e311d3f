import { expect } from 'chai';
import fc from 'fast-check';
import { casts } from '../../../../../webhook/policy/builtins/casts.ts';
import { graph } from '../../../../../webhook/policy/builtins/graph.ts';
import { numbers } from '../../../../../webhook/policy/builtins/numbers.ts';
import { objects } from '../../../../../webhook/policy/builtins/objects.ts';
import { trace } from '../../../../../webhook/policy/builtins/trace.ts';
import { readTerm } from '../../../../../webhook/policy/value/text.ts';
import { RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { callsOf, number, value } from './corpus.ts';
import { answer, expectAgreement, findOpa } from './oracle.ts';

const builtins = { ...casts, ...graph, ...numbers, ...objects, ...trace };

/** Values of few kinds, so that one is now and then part of another. */
const { small } = fc.letrec<{ small: Value }>((tie) => ({
  small: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Value>(1, 2, 'a', null),
    fc.array(tie('small'), { maxLength: 3 }),
    fc.array(tie('small'), { maxLength: 3 }).map((members) => new RegoSet(members)),
    fc
      .array(fc.tuple(fc.constantFrom<Value>('a', 'b', 1), tie('small')), { maxLength: 3 })
      .map((of) => new RegoObject(of)),
  ),
}));
const vertex = fc.constantFrom<Value>('a', 'b', 'c', 'd', 1);
const vertices = fc.oneof(
  fc.array(vertex, { maxLength: 3 }),
  fc.array(vertex, { maxLength: 3 }).map((members) => new RegoSet(members)),
);
const edges = fc
  .array(fc.tuple(vertex, fc.oneof({ weight: 8, arbitrary: vertices }, { weight: 1, arbitrary: fc.constant('x') })), {
    maxLength: 5,
  })
  .map((entries) => new RegoObject(entries));

const cases = [
  ['object.subset', '[{"a":1,"b":{"c":[1,2,3]}},{"b":{"c":[2,3]}}]', 'true'],
  ['object.subset', '[[1,2,3],{3,1}]', 'true'],
  ['object.subset', '[{1,2},{3}]', 'false'],
  ['object.subset', '[{"a":1},[1]]', undefined],
  ['graph.reachable_paths', '[{"a":["b","c"],"b":[],"c":["a"]},["a"]]', '{["a","b"],["a","c"]}'],
  ['graph.reachable_paths', '[{"a":["x"]},{"a"}]', '{["a"]}'],
  ['numbers.range_step', '[0,10,5]', '[0,5,10]'],
  ['numbers.range_step', '[3,1,1]', '[3,2,1]'],
  ['numbers.range_step', '[1,2,0]', undefined],
  ['numbers.range_step', '[9007199254740993,9007199254740995,2]', '[9007199254740993,9007199254740995]'],
  ['cast_array', '[{2,1}]', '[1,2]'],
  ['cast_set', '[[1,1]]', '{1}'],
  ['cast_string', '[1]', undefined],
  ['trace', '["note"]', 'true'],
] as const;

describe('policy/builtins objects, graphs, ranges, casts', () => {
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

  it('answers as OPA does for any values', async function () {
    this.timeout(120_000);
    const near = fc.oneof(
      fc.integer({ min: -20, max: 20 }),
      fc.constantFrom('1.0', '2e1', '0.5', '-3.0').map(readTerm),
    );
    await expectAgreement(opa, builtins, [
      ...callsOf('object.subset', [small, small], 1_500),
      ...callsOf('graph.reachable_paths', [edges, vertices], 600),
      ...callsOf('numbers.range_step', [near, near, fc.oneof(near, number)], 400),
      ...Object.keys(casts).flatMap((name) => callsOf(name, [fc.oneof(value, fc.boolean())], 60)),
      ...callsOf('trace', [value], 20),
    ]);
  });
});
