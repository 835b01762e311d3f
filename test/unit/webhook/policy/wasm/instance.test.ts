import { expect } from 'chai';
import type { Builtin, BuiltinContext } from '../../../../../webhook/policy/builtins/types.ts';
import { BuiltinError } from '../../../../../webhook/policy/builtins/types.ts';
import { writeTerm } from '../../../../../webhook/policy/value/text.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { Input } from '../../../../../webhook/policy/wasm/input.ts';
import { createInstance, ModuleError } from '../../../../../webhook/policy/wasm/instance.ts';
import type { PolicyInstance, Result } from '../../../../../webhook/policy/wasm/instance.ts';
import { compiled } from '../compiled.ts';

const rego = `package shop
import rego.v1

echo := input.value
seen := indexof_n(input.value, "x")
numbers_of := sprintf("%v", [input.value])
broken := indexof_n("fails", "x")
names contains name if some name in object.keys(input.value)
from_data := data.inventory.answer
given := [input.parameters, input.value, object.keys(input)]
nothing if input.value == "never"
truths := [key | some key, value in input.value; value]
loop := count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a == b])
huge := [x | some i in numbers.range(1, 100000); x := concat("", ["0123456789", "0123456789"])]
bomb := [r | some i in numbers.range(1, 5000); r := numbers.range(1, 5000)]
`;
const entrypoints = [
  ...['echo', 'seen', 'numbers_of', 'broken', 'names', 'from_data', 'given', 'nothing', 'truths', 'huge', 'bomb'],
].map((name) => `shop/${name}`);

const context: BuiltinContext = { nowNanoseconds: 0n, random: () => 0, cache: new Map() };

describe('policy/wasm', function () {
  this.timeout(600_000);

  let module: WebAssembly.Module;
  let given: Value[];
  const builtins = new Map<string, Builtin>([
    [
      'indexof_n',
      (args) => {
        given.push(...args);
        if (args[0] === 'fails') throw new BuiltinError('fails');
        return args[0];
      },
    ],
    ['sprintf', (args) => writeTerm(args[1] ?? null)],
  ]);
  const instance = (limits = { memoryBytes: 32 << 20, resultBytes: 1 << 20 }): PolicyInstance =>
    createInstance({ module, builtins, limits });
  const evaluate = (of: PolicyInstance, rule: string, value: string): Result =>
    of.evaluate(`shop/${rule}`, new Input([Buffer.from('{"value":'), Buffer.from(value), Buffer.from('}')]), context);
  const written = (result: Result): string =>
    result.outcome === 'failed' ? result.code : result.value === undefined ? 'undefined' : writeTerm(result.value);

  before('a module', async () => {
    module = await compiled(rego, ...entrypoints);
  });
  beforeEach(() => {
    given = [];
  });

  it('answers each entrypoint for its input, and knows nothing of the one before', () => {
    const one = instance();
    expect([...one.entrypoints.keys()].sort()).to.deep.equal([...entrypoints].sort());
    for (const value of ['1', '"é\\n\\u0000☃"', '[]', '{"a":{"b":[1,2.5,null,true]}}', '12345678901234567890']) {
      expect(written(evaluate(one, 'echo', value))).to.equal(value);
    }
    expect(written(evaluate(one, 'names', '{"b":1,"a":2}'))).to.equal('{"a","b"}');
    expect(written(evaluate(one, 'nothing', '1'))).to.equal('undefined');
    const { memoryBytes } = one;
    for (let round = 0; round < 2_000; round += 1) evaluate(one, 'names', '{"b":1,"a":2}');
    expect(one.memoryBytes).to.equal(memoryBytes);
  });

  it('hands values to built-ins and takes them back without losing a set or a digit', () => {
    expect(written(evaluate(instance(), 'numbers_of', '12345678901234567890'))).to.equal('"[12345678901234567890]"');
    expect(written(evaluate(instance(), 'seen', '["a",{"b":null}]'))).to.equal('["a",{"b":null}]');
    expect(given.map(writeTerm)).to.deep.equal(['["a",{"b":null}]', '"x"']);
  });

  it('takes the error of a built-in for an undefined result', () => {
    expect(written(evaluate(instance(), 'broken', '1'))).to.equal('undefined');
  });

  it('lets a bug of a built-in through', () => {
    const buggy = new Map<string, Builtin>([...builtins, ['indexof_n', () => JSON.parse('{') as Value]]);
    const one = createInstance({ module, builtins: buggy, limits: { memoryBytes: 32 << 20, resultBytes: 1 << 20 } });
    expect(() => evaluate(one, 'seen', '1')).to.throw(SyntaxError);
  });

  it('has the data that it was given last', () => {
    const one = instance();
    expect(written(evaluate(one, 'from_data', '1'))).to.equal('undefined');
    for (const answer of ['41', '42']) {
      expect(one.setData(Buffer.from(`{"inventory":{"answer":${answer}}}`))).to.equal(true);
      expect(written(evaluate(one, 'from_data', '1'))).to.equal(answer);
    }
    expect(one.setData(Buffer.from('{'))).to.equal(false);
  });

  it('answers for what another instance parsed, with parameters of its own', async () => {
    const other = await compiled(
      'package other\nimport rego.v1\nmore := [input.parameters, input.value]',
      'other/more',
    );
    const input = new Input([Buffer.from('{"value":{"b":["é",1.5],"a":null}}')]);
    const asked = (of: PolicyInstance, rule: string, parameters?: string): string =>
      written(of.evaluate(rule, input, context, parameters));
    const [first, second] = [instance(), instance()];
    const third = createInstance({ module: other, builtins, limits: { memoryBytes: 32 << 20, resultBytes: 1 << 20 } });
    expect(asked(first, 'shop/given', '{"x":1}')).to.equal('[{"x":1},{"a":null,"b":["é",1.5]},{"parameters","value"}]');
    expect(asked(third, 'other/more', '[2]')).to.equal('[[2],{"a":null,"b":["é",1.5]}]');
    for (const one of [second, first, second]) {
      expect(asked(one, 'shop/given', '[]')).to.equal('[[],{"a":null,"b":["é",1.5]},{"parameters","value"}]');
      expect(asked(one, 'shop/given')).to.equal('undefined');
      expect(asked(one, 'shop/echo')).to.equal('{"a":null,"b":["é",1.5]}');
    }
    expect(input.parsed).to.have.property('size', 1);
  });

  it('knows what is false in what another module parsed, which has another false', async () => {
    const other = await compiled(
      'package other\nimport rego.v1\nmore := [key | some key, value in input.value; value]\nnames := ["a", "b", "c"]',
      'other/more',
      'other/names',
    );
    const third = createInstance({ module: other, builtins, limits: { memoryBytes: 32 << 20, resultBytes: 1 << 20 } });
    const asked = (of: PolicyInstance, rule: string, input: Input): string =>
      written(of.evaluate(rule, input, context));
    for (const [first, second] of [
      [() => instance(), () => third],
      [() => third, () => instance()],
    ] as const) {
      const input = new Input([Buffer.from('{"value":{"a":false,"b":true,"c":null,"d":[false],"e":{"f":true}}}')]);
      for (const one of [first(), second(), first()]) {
        expect(asked(one, one === third ? 'other/more' : 'shop/truths', input)).to.equal('["b","c","d","e"]');
      }
      expect(input.parsed).to.have.property('size', 1);
    }
  });

  it('answers for what another parsed also where that is more than it has memory yet', () => {
    const value = JSON.stringify('x'.repeat(1 << 20));
    const input = new Input([Buffer.from(`{"value":${value}}`)]);
    for (const one of [instance(), instance()]) {
      expect(written(one.evaluate('shop/echo', input, context))).to.equal('PolicyOutput');
      expect(written(one.evaluate('shop/nothing', input, context))).to.equal('undefined');
    }
    const small = instance({ memoryBytes: 2 << 20, resultBytes: 1 << 20 });
    expect(written(small.evaluate('shop/nothing', input, context))).to.equal('PolicyMemory');
  });

  it('stops where the memory, or the result, is larger than its limit', () => {
    expect(written(evaluate(instance({ memoryBytes: 2 << 20, resultBytes: 1 << 20 }), 'bomb', '1'))).to.equal(
      'PolicyMemory',
    );
    expect(written(evaluate(instance({ memoryBytes: 128 << 20, resultBytes: 1 << 20 }), 'huge', '1'))).to.equal(
      'PolicyOutput',
    );
    const large = JSON.stringify('x'.repeat(3 << 20));
    expect(written(evaluate(instance({ memoryBytes: 2 << 20, resultBytes: 1 << 20 }), 'nothing', large))).to.equal(
      'PolicyMemory',
    );
  });

  it('reads an input of 8 MiB', () => {
    const large = JSON.stringify('x'.repeat(8 << 20));
    expect(written(evaluate(instance({ memoryBytes: 64 << 20, resultBytes: 1 << 20 }), 'nothing', large))).to.equal(
      'undefined',
    );
  });

  it('says that an entrypoint is not there', () => {
    expect(written(evaluate(instance(), 'other', '1'))).to.equal('PolicyBroken');
  });

  it('refuses a module that asks for a built-in which is not there, and one that is not OPA’s', () => {
    const limits = { memoryBytes: 2 << 20, resultBytes: 1 << 20 };
    expect(() => createInstance({ module, builtins: new Map(), limits })).to.throw(ModuleError, 'sprintf');
    const empty = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    expect(() => createInstance({ module: empty, builtins, limits })).to.throw(ModuleError);
  });
});
