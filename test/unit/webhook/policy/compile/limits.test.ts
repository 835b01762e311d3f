import { expect } from 'chai';
import { defaultLimits } from '../../../../../webhook/policy/compile/types.ts';
import { codesOf, openWorkshop, problemsOf, rego } from './workshop.ts';
import type { Workshop } from './workshop.ts';
import type { CompileLimits } from '../../../../../webhook/policy/compile/types.ts';

const policy = 'package shop\n\ndeny contains "x" if input.x\n';
const mebibyte = 1024 * 1024;

/** `count` rules of four lines, each another. */
function rules(count: number): string {
  const rule = (at: number) =>
    `deny contains msg if {\n  input.object.spec.x${at} == "v${at}"\n  msg := sprintf("rule ${at}: %v", [input.name])\n}\n`;
  return `package shop\n\n${Array.from({ length: count }, (_, at) => rule(at)).join('')}`;
}

/** Tests that would never end, or would fill the machine. */
const runaways: Readonly<Record<string, string>> = {
  'a comprehension over billions':
    'test_x if count([1 | some x in numbers.range(1, 100000); some y in numbers.range(1, 100000); x * y == -1]) == 0',
  'an array of a hundred million numbers': 'test_x if count(numbers.range(1, 100000000)) == 0',
  'a text that doubles 40 times': `test_x if {\n  s0 := "0123456789"\n${Array.from({ length: 40 }, (_, at) => `  s${at + 1} := concat("", [s${at}, s${at}])`).join('\n')}\n  count(s40) == 0\n}`,
  'prints without end':
    'test_x if { every x in numbers.range(1, 100000000) { print("0123456789012345678901234567890123456789", x) } }',
};

describe('policy/compile/limits, with the real OPA', function () {
  this.timeout(600_000);

  const within = async <T>(limits: Partial<CompileLimits>, work: (shop: Workshop) => Promise<T>): Promise<T> => {
    const shop = await openWorkshop(limits);
    try {
      return await work(shop);
    } finally {
      await shop.close();
    }
  };
  const compile = async ({ compiler }: Workshop, text: string) =>
    await compiler.compile({ files: [rego(text)], package: undefined }, 'shop');
  const test = async ({ compiler }: Workshop, text: string) =>
    await compiler.test(
      {
        files: [rego(policy)],
        tests: [rego(`package shop_test\n\n${text}\n`, 'policy_test.rego')],
        regoVersion: 'v1',
        entrypoints: ['shop/deny'],
      },
      'shop',
    );

  for (const [title, text] of Object.entries(runaways)) {
    it(`stops a test with ${title}, and compiles the next policy`, async () => {
      await within({ cpuSeconds: 3, memoryBytes: 256 * mebibyte, testMs: 600_000 }, async (shop) => {
        const tested = await test(shop, text);
        console.log(`      ${problemsOf(tested)[0]?.message}`);
        expect(codesOf(tested)).to.deep.equal(['CompileLimit']);
        expect(await compile(shop, policy)).to.have.property('outcome', 'compiled');
      });
    });
  }

  it('ends a test that takes longer than one may, and names it', async () => {
    const text = `${runaways['a comprehension over billions']}\ntest_y if true`;
    const tested = await within({ testMs: 200 }, async (shop) => test(shop, text));
    expect(problemsOf(tested)[0]).to.include({
      code: 'RegoTestFailed',
      file: 'policy_test.rego',
      line: 3,
      message: 'shop_test.test_x did not end in time',
    });
    expect(tested).to.have.property('problems').with.length(1);
  });

  it('ends a job by the clock', async () => {
    const text = runaways['a comprehension over billions'] ?? '';
    const tested = await within({ wallMs: 500, testMs: 600_000 }, async (shop) => test(shop, text));
    expect(problemsOf(tested)[0]).to.include({ code: 'CompileLimit', message: 'it took longer than 500 ms' });
  });

  it('gives a compilation up when its caller does', async () => {
    await within({}, async (shop) => {
      const caller = new AbortController();
      const compiled = shop.compiler.compile({ files: [rego(rules(2_000))], package: undefined }, 'a', caller.signal);
      const next = compile(shop, policy);
      caller.abort(new Error('the API server waits no longer'));
      expect(problemsOf(await compiled)[0]).to.include({
        code: 'CompilerBusy',
        message: 'it was given up before its end',
      });
      expect(await next).to.have.property('outcome', 'compiled');
    });
  });

  it('compiles a thousand rules within the limits that ship', async () => {
    const { cpuSeconds, memoryBytes, outputBytes, fileBytes } = defaultLimits;
    const compiled = await within({ cpuSeconds, memoryBytes, outputBytes, fileBytes }, async (shop) =>
      compile(shop, rules(1_000)),
    );
    expect(compiled).to.have.property('outcome', 'compiled');
  });

  it('refuses a ConfigMap of 1 MiB of rules by a limit', async () => {
    const text = rules(9_400);
    expect(text.length).to.be.within(0.9 * mebibyte, mebibyte);
    const compiled = await within({ memoryBytes: 256 * mebibyte }, async (shop) => compile(shop, text));
    console.log(`      ${problemsOf(compiled)[0]?.message}`);
    expect(codesOf(compiled)).to.deep.equal(['CompileLimit']);
  });

  it('answers what nests a hundred thousand deep, and 1 MiB of one line', async () => {
    await within({ memoryBytes: 512 * mebibyte }, async (shop) => {
      const texts = {
        brackets: `package a\ndeny contains x if x := ${'['.repeat(100_000)}${']'.repeat(100_000)}`,
        parentheses: `package a\ndeny contains x if x := ${'('.repeat(100_000)}1${')'.repeat(100_000)}`,
        sums: `package a\ndeny contains x if x := ${'1 + '.repeat(100_000)}1`,
        references: `package a\ndeny contains x if x := input${'.a'.repeat(400_000)}`,
        comment: `package a\n#${'x'.repeat(mebibyte - 100)}\ndeny contains 1`,
        text: `package a\ndeny contains "${'x'.repeat(mebibyte - 100)}"`,
        open: `package a\ndeny contains \`${'x'.repeat(mebibyte - 100)}`,
        members: `package a\ndeny contains x if some x in {${Array.from({ length: 100_000 }, (_, at) => `"${at}"`).join()}}`,
      };
      for (const [name, text] of Object.entries(texts)) {
        const compiled = await compile(shop, text);
        const [problem] = problemsOf(compiled);
        console.log(
          `      ${name}: ${problem === undefined ? 'compiled' : `${problem.code}: ${problem.message.slice(0, 80)}`}`,
        );
        if (problem?.code === 'InvalidRego') expect(problem, name).to.include({ file: 'policy.rego', line: 2 });
        else if (problem !== undefined) expect(problem, name).to.have.property('code', 'CompileLimit');
        expect(problem?.source.length ?? 0).to.be.at.most(200);
      }
    });
  });

  it('lets no namespace keep the others out', async () => {
    await within({ waitingPerOwner: 2 }, async (shop) => {
      const source = { files: [rego(policy)], package: undefined };
      const greedy = Array.from({ length: 6 }, async () => shop.compiler.compile(source, 'greedy'));
      const other = shop.compiler.compile(source, 'other');
      const outcomes = (await Promise.all(greedy)).map((compiled) => problemsOf(compiled)[0]?.message ?? 'compiled');
      expect(outcomes).to.deep.equal([
        ...Array<string>(3).fill('compiled'),
        ...Array<string>(3).fill('2 compilations of namespace greedy are waiting already'),
      ]);
      expect(await other).to.have.property('outcome', 'compiled');
    });
  });
});
