import { expect } from 'chai';
import fc from 'fast-check';
import { builtins } from '../../../../../webhook/policy/builtins/table.ts';
import { createEvaluator } from '../../../../../webhook/policy/evaluate/evaluator.ts';
import type { Evaluator } from '../../../../../webhook/policy/evaluate/evaluator.ts';
import type { Item } from '../../../../../webhook/policy/evaluate/protocol.ts';
import { compiled } from '../compiled.ts';

/** Shows all that a rule can see of a request, and what it takes for true. */
function regoOf(name: string, constants: string): string {
  return `package ${name}
import rego.v1

seen contains json.marshal(input)
seen contains sprintf("%v", [input.review])
seen contains concat(",", [sprintf("%v", [path]) | walk(input, [path, value]); value])
seen contains concat(",", ["not", concat(",", [sprintf("%v", [path]) | walk(input, [path, value]); not value])])
seen contains message if { some message in ${constants}; message == input.review.name }
`;
}

const modules: readonly (readonly [name: string, constants: string])[] = [
  ['small', '{"x"}'],
  ['other', '{"texts", "that", "no", "other", "has", true, false, null, 7}'],
  ['large', `{${Array.from({ length: 400 }, (_, at) => `"constant ${at} ${'x'.repeat(at)}"`).join(', ')}}`],
];

const request = fc.record({
  name: fc.string(),
  object: fc.jsonValue({ maxDepth: 4 }),
  flags: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), fc.boolean(), { noNullPrototype: true }),
});
const order = fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 4 });

describe('policy/evaluate evaluator', function () {
  this.timeout(600_000);

  const loaded = new Map<string, WebAssembly.Module>();
  const start = (keptBytes = 64 << 20): Evaluator => {
    const evaluator = createEvaluator({
      builtins: new Map(Object.entries(builtins)),
      limits: { instanceBytes: 64 << 20, keptBytes, resultBytes: 4 << 20 },
      context: () => ({ nowNanoseconds: 0n, random: () => 0, cache: new Map() }),
      collectGarbage: () => undefined,
    });
    for (const [name, module] of loaded) evaluator.add(name, module);
    return evaluator;
  };
  const itemOf = (at: number, input: Item['input'], parameters: unknown): Item => {
    const [name = ''] = modules[at] ?? [];
    return { module: name, entrypoint: `${name}/seen`, input, parameters: JSON.stringify(parameters) };
  };

  before('modules', async () => {
    for (const [name, constants] of modules) {
      loaded.set(name, await compiled(regoOf(name, constants), `${name}/seen`));
    }
  });

  it('has a review that others saw before look as it looks to who sees it first', () => {
    const shared = start();
    const inputs = fc.constantFrom<Item['input']>('native', 'gatekeeper');
    fc.assert(
      fc.property(request, order, fc.jsonValue({ maxDepth: 1 }), inputs, (of, modulesInTurn, parameters, input) => {
        const review = Buffer.from(JSON.stringify(of));
        for (const at of modulesInTurn) {
          const item = itemOf(at, input, parameters);
          const first = start().evaluate(Buffer.from(review), item);
          expect(first.outcome).to.equal('evaluated');
          expect(shared.evaluate(review, item)).to.deep.equal(first);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('answers the same when not all instances fit, and each is made anew in the memory of another', () => {
    const [roomy, tight] = [start(), start(1 << 18)];
    for (let round = 0; round < 20; round += 1) {
      const review = Buffer.from(JSON.stringify({ name: 'x', round, flags: { a: round % 2 === 0, b: null } }));
      for (const at of [0, 1, 2, 1, 0]) {
        const item = itemOf(at, 'gatekeeper', { round });
        const answer = tight.evaluate(review, item);
        expect(answer.outcome).to.equal('evaluated');
        expect(answer).to.deep.equal(roomy.evaluate(review, item));
        expect(tight.keptBytes).to.be.at.most(1 << 18);
      }
    }
    expect(roomy.keptBytes).to.be.greaterThan(1 << 18);
  });
});
