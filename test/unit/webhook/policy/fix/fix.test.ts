import { expect } from 'chai';
import { systemTimer } from '../../../../../runtime/clock.ts';
import type { KubeObject } from '../../../../../settings/policies/object.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { builtins } from '../../../../../webhook/policy/builtins/table.ts';
import { createEvaluator } from '../../../../../webhook/policy/evaluate/evaluator.ts';
import { adviseFix } from '../../../../../webhook/policy/fix/fix.ts';
import type { Violation } from '../../../../../webhook/policy/types.ts';
import { SimulatedTime } from '../../../kube/simulation.ts';
import { compiled } from '../compiled.ts';
import { patching, verdict } from './verdicts.ts';

/** A policy in TypeScript: what it says of an object. */
type Rule = (object: KubeObject) => readonly Violation[];

/** Wants a field of the top to have a value, and says how. */
const wants =
  (field: string, value: unknown): Rule =>
  (object) =>
    object[field] === value ? [] : [patching([{ op: 'add', path: `/${field}`, value }], `${field} is not so`)];

/** Refuses whatever has a field, and says nothing more. */
const bars =
  (field: string): Rule =>
  (object) =>
    field in object ? [{ message: `no ${field}`, details: {} }] : [];

describe('policy/fix: advice', () => {
  let tried: KubeObject[];

  const judge = (rules: Readonly<Record<string, Rule>>, object: KubeObject): readonly Verdict[] =>
    Object.entries(rules).map(([title, rule]) => verdict(title, rule(object)));
  const advise = async (rules: Readonly<Record<string, Rule>>, object: KubeObject): Promise<string | undefined> =>
    await adviseFix(object, judge(rules, object), {
      judgeAgain: (patched) => {
        tried.push(patched);
        return Promise.resolve(judge(rules, patched));
      },
      timer: systemTimer,
    });

  beforeEach(() => {
    tried = [];
  });

  it('is silent where no violation carries a patch, and judges nothing again', async () => {
    expect(await advise({ a: bars('x') }, { x: 1 })).to.equal(undefined);
    expect(tried).to.deep.equal([]);
  });

  it('shows what passes, after it was judged again', async () => {
    expect(await advise({ a: wants('x', 1) }, { y: 1 })).to.equal('It would pass with:\n  x: 1');
    expect(tried).to.deep.equal([{ y: 1, x: 1 }]);
  });

  it('puts together what several policies ask for, and what one asks for only then', async () => {
    const rules = {
      a: wants('x', 1),
      b: wants('y', 2),
      c: (of: KubeObject) => (of['x'] === 1 ? wants('z', 3)(of) : []),
    };
    expect(await advise(rules, {})).to.equal('It would pass with:\n  x: 1\n  y: 2\n  z: 3');
  });

  it('leaves out what it passes without', async () => {
    const either: Rule = (object) => ('x' in object || 'y' in object ? [] : wants('x', 1)(object));
    const other: Rule = (object) => ('x' in object || 'y' in object ? [] : wants('y', 1)(object));
    expect(await advise({ a: either, b: other }, {})).to.equal('It would pass with:\n  y: 1');
  });

  it('says how much stays when only some of it is mended', async () => {
    expect(await advise({ a: wants('x', 1), b: bars('y') }, { y: 1 })).to.equal(
      'These changes mend some of it; 1 violation stays:\n  x: 1',
    );
    expect(await advise({ a: wants('x', 1), b: bars('y'), c: bars('y') }, { y: 1 })).to.contain('2 violations stay:');
  });

  it('does not call it mended when nothing is better than before', async () => {
    const never: Rule = () => [patching([{ op: 'add', path: '/x', value: 1 }])];
    expect(await advise({ a: never }, {})).to.equal('The changes that a would make do not mend it.');
    expect(tried).to.deep.equal([{ x: 1 }]);
    expect(await advise({ a: wants('x', 1), b: bars('x') }, {})).to.equal(
      'The changes that a would make do not mend it.',
    );
  });

  it('shows only what was tried, where each change asks for another one', async () => {
    const counting: Rule = ({ n = 0 }) => [
      patching([{ op: 'add', path: '/n', value: (n as number) + 1 }]),
      ...(n === 0 ? [{ message: 'none', details: {} }] : []),
    ];
    expect(await advise({ a: counting }, {})).to.equal('These changes mend some of it; 1 violation stays:\n  n: 1');
    expect(tried).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('says so when the changes do not fit, and goes on with those that do', async () => {
    const removes: Rule = (object) => ('x' in object ? [] : [patching([{ op: 'remove', path: '/x' }])]);
    expect(await advise({ a: removes }, {})).to.equal('The changes that a would make do not fit this object.');
    expect(tried).to.deep.equal([]);
    expect(await advise({ a: removes, b: wants('x', 1) }, {})).to.equal('It would pass with:\n  x: 1');
  });

  it('names a policy whose patch is none, beside the advice of others', async () => {
    const broken: Rule = () => [patching('add an owner')];
    const note = '[bad] carries a patch that is no list of JSON Patch operations [PatchInvalid]';
    expect(await advise({ bad: broken }, {})).to.equal(note);
    const mends: Rule = (object) => ('x' in object ? [] : broken(object));
    expect(await advise({ bad: mends, a: wants('x', 1) }, {})).to.equal(`${note}\nIt would pass with:\n  x: 1`);
  });

  it('does not print what nobody would read', async () => {
    expect(await advise({ a: wants('x', 'long '.repeat(390)) }, {})).to.match(/^It would pass with:/);
    expect(await advise({ a: wants('x', 'long '.repeat(410)) }, {})).to.equal(
      'The changes that a would make are too long to show.',
    );
  });

  it('counts a policy that could not answer as a refusal only where it says so', async () => {
    const failed = { outcome: 'failed', code: 'PolicyTimeout', message: 'late' } as const;
    for (const [onFailure, head] of [
      ['deny', 'These changes mend some of it; 1 violation stays:'],
      ['allow', 'It would pass with:'],
    ] as const) {
      const again = (object: KubeObject): readonly Verdict[] => [
        verdict('a', wants('x', 1)(object)),
        verdict('b', [], { onFailure, evaluation: failed }),
      ];
      const advice = await adviseFix({}, again({}), {
        judgeAgain: (object) => Promise.resolve(again(object)),
        timer: systemTimer,
      });
      expect(advice).to.equal(`${head}\n  x: 1`);
    }
  });

  describe('ends in time', () => {
    const rules = { a: wants('x', 1), b: wants('y', 1) };

    /** Each judgement takes so long. */
    const adviseIn = async (judgementMs: number): Promise<string | undefined> => {
      const time = new SimulatedTime(0);
      const advice = adviseFix({}, judge(rules, {}), {
        judgeAgain: async (object) => {
          await time.wait(judgementMs);
          tried.push(object);
          return judge(rules, object);
        },
        timer: time,
      });
      let answeredAt: number | undefined;
      void advice.then(() => (answeredAt = time.now()));
      while (answeredAt === undefined) await time.advance(10);
      expect(answeredAt).to.be.at.most(400);
      return await advice;
    };

    it('without a word when the first judgement does not: a refusal must not be lost for it', async () => {
      expect(await adviseIn(2_000)).to.equal(undefined);
    });

    it('with what passes, though not the least of it', async () => {
      expect(await adviseIn(300)).to.equal('It would pass with:\n  x: 1\n  y: 1');
      expect(tried).to.have.length(1);
    });

    it('begins nothing when the time is up, and leaves no timer behind', async () => {
      let now = 0;
      const signals: (AbortSignal | undefined)[] = [];
      const advice = await adviseFix({}, judge(rules, {}), {
        judgeAgain: (object) => {
          now += 400;
          tried.push(object);
          return Promise.resolve(judge(rules, object));
        },
        timer: {
          now: () => now,
          wait: (_ms, signal) => {
            signals.push(signal);
            return new Promise(() => undefined);
          },
        },
      });
      expect(advice).to.equal('It would pass with:\n  x: 1\n  y: 1');
      expect(tried).to.have.length(1);
      expect(signals.map((signal) => signal?.aborted)).to.deep.equal([true]);
    });
  });

  it('shows for a policy in Rego what the policy itself lets pass', async function () {
    this.timeout(120_000);
    const module = await compiled(
      `package shop
import rego.v1

deny contains {"msg": msg, "patch": patch} if {
	some at, container in input.object.spec.containers
	not container.securityContext.runAsNonRoot
	msg := sprintf("container %s may run as root", [container.name])
	patch := [{"op": "add", "path": sprintf("/spec/containers/%d/securityContext/runAsNonRoot", [at]), "value": true}]
}

deny contains {"msg": "no host network", "patch": [{"op": "remove", "path": "/spec/hostNetwork"}]} if {
	input.object.spec.hostNetwork
}
`,
      'shop/deny',
    );
    const evaluator = createEvaluator({
      builtins: new Map(Object.entries(builtins)),
      limits: { instanceBytes: 64 << 20, keptBytes: 64 << 20, resultBytes: 1 << 20 },
      context: () => ({ nowNanoseconds: 0n, random: () => 0, cache: new Map() }),
      collectGarbage: () => undefined,
    });
    evaluator.add('m', module);
    const judgeAgain = (object: KubeObject): readonly Verdict[] => {
      const item = { module: 'm', entrypoint: 'shop/deny', input: 'native', parameters: '{}' } as const;
      const evaluation = evaluator.evaluate(Buffer.from(JSON.stringify({ object })), item);
      return [verdict('shop/root', [], { evaluation })];
    };
    const pod = {
      spec: {
        hostNetwork: true,
        containers: [{ name: 'a' }, { name: 'b', securityContext: { runAsNonRoot: true } }, { name: 'c' }],
      },
    };
    const timer = new SimulatedTime(0);
    expect(
      await adviseFix(pod, judgeAgain(pod), { judgeAgain: (object) => Promise.resolve(judgeAgain(object)), timer }),
    ).to.equal(
      [
        'It would pass with:',
        '  spec:',
        '    hostNetwork: null',
        '    containers:',
        '      - name: a',
        '        securityContext:',
        '          runAsNonRoot: true',
        '      - name: c',
        '        securityContext:',
        '          runAsNonRoot: true',
      ].join('\n'),
    );
  });
});
