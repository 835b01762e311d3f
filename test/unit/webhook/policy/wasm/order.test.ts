import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';

import { builtins } from '../../../../../webhook/policy/builtins/table.ts';
import { writeTerm } from '../../../../../webhook/policy/value/text.ts';
import { Input } from '../../../../../webhook/policy/wasm/input.ts';
import { createInstance } from '../../../../../webhook/policy/wasm/instance.ts';
import type { PolicyInstance } from '../../../../../webhook/policy/wasm/instance.ts';
import { findOpa } from '../builtins/oracle.ts';
import { compiled, moduleOfOpa } from '../compiled.ts';

/** Whatever a policy can make of the members of a set or an object that shows their order. */
const rego = `package order
import rego.v1

members := {member | some member in input.list}
rule contains member if some member in input.list
walked := {
  "keys": [key | some key, _ in input.object],
  "values": [value | some value in input.object],
  "members": [member | some member in members],
  "rule": [member | some member in rule],
  "pairs": [[one, other] | some one in members; some other, _ in input.object],
  "again": [[one, other] | some one in members; some other in members],
  "paths": [path | walk(input.object, [path, _])],
  "keys of": [key | some key in object.keys(input.object)],
  "union": [member | some member in members | {"x", 1, [2]}],
  "json": json.marshal(input.object),
  "json of a set": json.marshal(members),
  "text": concat(",", {text | some text in members; is_string(text)}),
  "grown": [member | some member in {sprintf("%d", [n]) | some n in numbers.range(1, 40)}],
  "true": [key | some key, value in input.object; value],
  "not true": [key | some key, value in input.object; not value],
  "booleans": [is_boolean(value) | some value in input.object],
  "numbers": [n | some n in {half | some i in numbers.range(-9, 9); half := i / 2}],
}
`;

const word = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('a', 'B', 'é', '日本', '\u{1f600}', '\uffff', '10', '9', ''),
);
const leaf = fc.oneof(
  word,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(word, tie('json'), { maxKeys: 8, noNullPrototype: true }),
  ),
}));
const anyInput = fc.record({
  object: fc.dictionary(word, json, { maxKeys: 12, noNullPrototype: true }),
  list: fc.array(json, { maxLength: 12 }),
});

/** What OPA makes of each input. */
async function ask(inputs: readonly unknown[]): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-order-'));
  try {
    await writeFile(join(folder, 'order.rego'), rego);
    await writeFile(join(folder, 'inputs.json'), JSON.stringify({ inputs }));
    const query = '[walked | some one in data.inputs; walked := data.order.walked with input as one]';
    const words = ['eval', '--format', 'json', '--data', folder, query];
    const { stdout } = await promisify(execFile)(await findOpa(), words, { maxBuffer: 1 << 28 });
    const { result } = JSON.parse(stdout) as { result: { expressions: { value: unknown[] }[] }[] };
    return result[0]!.expressions[0]!.value;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('policy/wasm order', function () {
  this.timeout(600_000);

  it('walks sets and objects in the order in which OPA walks them, whatever they hold', async () => {
    const module = await compiled(rego, 'order/walked');
    const limits = { memoryBytes: 64 << 20, resultBytes: 8 << 20 };
    const other = await compiled(
      `${rego}\nmore := ["texts", "that", "no", "other", "module", "has", true]\n`,
      'order/walked',
      'order/more',
    );
    const make = (of: WebAssembly.Module): PolicyInstance =>
      createInstance({ module: of, builtins: new Map(Object.entries(builtins)), limits });
    // The others walk what the first parsed and sorted.
    const instances = [make(module), make(other), make(module)];
    const inputs = fc.sample(anyInput, { numRuns: 300, seed: 20261125 });
    const expected = await ask(inputs);
    expect(expected).to.have.length(inputs.length);
    for (const [at, input] of inputs.entries()) {
      const shared = new Input([Buffer.from(JSON.stringify(input))]);
      for (const instance of instances) {
        const context = { nowNanoseconds: 0n, random: () => 0, cache: new Map<string, unknown>() };
        const result = instance.evaluate('order/walked', shared, context);
        if (result.outcome === 'failed' || result.value === undefined) throw new Error(JSON.stringify(result));
        expect(JSON.parse(writeTerm(result.value)), JSON.stringify(input)).to.deep.equal(expected[at]);
      }
    }
    const sizes = inputs.map(({ object, list }) => Object.keys(object).length + list.length);
    console.log(`      ${inputs.length} inputs, ${sizes.filter((size) => size > 8).length} with more than 8 members`);
    expect(sizes.filter((size) => size > 8).length).to.be.greaterThan(50);
  });

  it('is another order than that of the module as OPA made it, which the comparison would see', async () => {
    const unpatched = await WebAssembly.compile(await moduleOfOpa(rego, 'order/walked'));
    const limits = { memoryBytes: 64 << 20, resultBytes: 8 << 20 };
    const instance = createInstance({ module: unpatched, builtins: new Map(Object.entries(builtins)), limits });
    const input = { object: { b: 1, a: 2, c: 3, d: 4, e: 5, f: 6 }, list: [] };
    const context = { nowNanoseconds: 0n, random: () => 0, cache: new Map() };
    const result = instance.evaluate('order/walked', new Input([Buffer.from(JSON.stringify(input))]), context);
    if (result.outcome === 'failed' || result.value === undefined) throw new Error(JSON.stringify(result));
    expect(JSON.parse(writeTerm(result.value))).to.not.deep.equal((await ask([input]))[0]);
  });
});
