import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createCompiler } from '../../../../../webhook/policy/compile/compiler.ts';
import { defaultLimits } from '../../../../../webhook/policy/compile/types.ts';
import { askOpa, codesOf, compile, openWorkshop, problemsOf, rego } from './workshop.ts';
import type { Workshop } from './workshop.ts';

const owner = `package shop.owner

deny contains msg if {
  not input.object.metadata.labels.owner
  msg := sprintf("%s has no owner", [input.object.metadata.name])
}
`;

describe('policy/compile/compiler, with the real OPA', function () {
  this.timeout(300_000);
  let shop: Workshop;
  before(async () => {
    shop = await openWorkshop();
  });
  after(async () => shop.close());

  it('compiles a policy to a module with its rules as entrypoints, and says which version it is', async () => {
    expect(shop.compiler.version).to.equal('1.22.2');
    const compiled = await compile(shop, owner);
    if (compiled.outcome !== 'compiled') throw new Error(JSON.stringify(compiled));
    expect(compiled.warnings).to.deep.equal([]);
    expect(compiled.source).to.deep.include({ regoVersion: 'v1', entrypoints: ['shop/owner/deny'] });
    expect(compiled.module.entrypoints).to.deep.equal(['shop/owner/deny']);
    expect(Buffer.from(compiled.module.wasm.subarray(0, 4)).toString('latin1')).to.equal('\0asm');
  });

  it('gives equal bytes for equal sources, from another folder too', async () => {
    const other = await openWorkshop();
    try {
      const [first, second] = [await compile(shop, owner), await compile(other, owner)];
      if (first.outcome !== 'compiled' || second.outcome !== 'compiled') throw new Error('not compiled');
      expect(second.module.hash).to.equal(first.module.hash);
      expect(Buffer.compare(first.module.wasm, second.module.wasm)).to.equal(0);
      const changed = await compile(shop, owner.replace('no owner', 'nobody'));
      if (changed.outcome !== 'compiled') throw new Error('not compiled');
      expect(Buffer.compare(first.module.wasm, changed.module.wasm)).to.not.equal(0);
    } finally {
      await other.close();
    }
  });

  it('compiles what a Gatekeeper template asks for: a version, an entrypoint, libs', async () => {
    const files = [
      rego('package lib.helpers\n\nmissing(labels) { not labels.owner }\n', 'lib-0.rego'),
      rego(
        'package k8srequired\nimport data.lib.helpers\n\nviolation[{"msg": msg}] {\n' +
          '  helpers.missing(input.review.object.metadata.labels)\n  msg := "no owner"\n}\n',
        'template.rego',
      ),
    ];
    const source = { files, regoVersion: 'v0', entrypoints: ['k8srequired/violation'] } as const;
    const compiled = await shop.compiler.compile(source, 'shop');
    expect(compiled).to.deep.include({ outcome: 'compiled', source, warnings: [] });
    const missing = await shop.compiler.compile({ ...source, entrypoints: ['k8srequired/deny'] }, 'shop');
    expect(problemsOf(missing)[0]?.message).to.equal(
      'entrypoint "k8srequired/deny" does not refer to a rule or policy decision',
    );
  });

  it('takes Rego v0 where a policy parses only so, and warns', async () => {
    const compiled = await compile(shop, 'package shop\n\ndeny[msg] { msg := "no" }\n');
    expect(compiled).to.have.nested.property('source.regoVersion', 'v0');
    expect(compiled).to.have.nested.property('warnings[0].code', 'RegoV0');
    const imported = await compile(
      shop,
      'package shop\nimport future.keywords.if\ndeny[msg] { msg := "no"; f }\nf if true',
    );
    expect(imported).to.have.nested.property('source.regoVersion', 'v0');
    const modern = await compile(shop, 'package shop\nimport rego.v1\ndeny contains msg if { msg := "no" }\n');
    expect(modern).to.deep.include({ outcome: 'compiled', warnings: [] });
  });

  const mistakes: readonly (readonly [
    title: string,
    text: string,
    code: string,
    place: readonly [number, number],
    message: RegExp,
  ])[] = [
    ['a broken rule', 'package a\n\ndeny contains msg if {\n  msg := \n}\n', 'InvalidRego', [5, 1], /rego_parse_error/],
    [
      'an unsafe variable',
      'package a\ndeny contains x if y\n',
      'InvalidRego',
      [2, 15],
      /rego_unsafe_var_error: var x is/,
    ],
    [
      'a type error',
      'package a\ndeny contains concat(1, 2) if true',
      'InvalidRego',
      [2, 15],
      /rego_type_error: concat/,
    ],
    ['an unknown built-in', 'package a\ndeny contains sprntf("", [])', 'InvalidRego', [2, 15], /did you mean sprintf/],
    ['http.send', 'package a\ndeny contains http.send({}).body', 'ForbiddenBuiltin', [2, 15], /make admission wait/],
    ['opa.runtime', 'package a\ndeny contains opa.runtime().env', 'ForbiddenBuiltin', [2, 15], /environment/],
    [
      'net.lookup_ip_addr',
      'package a\ndeny contains net.lookup_ip_addr("a")',
      'ForbiddenBuiltin',
      [2, 15],
      /name server/,
    ],
    [
      'a recursion',
      'package a\ndeny contains x if x := f(1)\nf(y) := f(y)',
      'InvalidRego',
      [3, 1],
      /rego_recursion_error/,
    ],
    [
      'bytes that are no text',
      'package a\ndeny contains "\u0000"',
      'InvalidRego',
      [2, 15],
      /illegal|non-printable|token/,
    ],
    [
      'an unknown import',
      'package a\nimport future.keywords.no\ndeny contains 1',
      'InvalidRego',
      [2, 8],
      /unexpected keyword/,
    ],
    ['an old rule with a mistake', 'package a\ndeny[x] { x := }', 'InvalidRego', [2, 16], /unexpected/],
    ['a rule without a message', 'package a\ndeny if input.x', 'InvalidRule', [2, 1], /contains msg if/],
    ['no package', 'deny contains 1', 'InvalidRego', [1, 1], /package expected/],
  ];
  for (const [title, text, code, [line, column], message] of mistakes) {
    it(`refuses ${title} with file, line, column and the offending line`, async () => {
      const [problem] = problemsOf(await compile(shop, text));
      expect(problem).to.include({ code, file: 'policy.rego', line, column, source: text.split('\n')[line - 1] });
      expect(problem?.message).to.match(message);
    });
  }

  it('reports the mistakes of every file at once', async () => {
    const compiled = await compile(shop, 'package a\ndeny contains {', 'package b\nx := ]', owner);
    const places = problemsOf(compiled).map(({ file, line }) => `${file}:${line}`);
    expect([...new Set(places)]).to.deep.equal(['policy.rego:2', 'policy-1.rego:2']);
    const typed = await compile(shop, 'package a\nfoo contains nothing(1)\nbar contains never(2)');
    expect(codesOf(typed)).to.deep.equal(['MissingRule', 'InvalidRego', 'InvalidRego']);
  });

  it('refuses an empty file by its name, and files whose names reach elsewhere', async () => {
    expect(problemsOf(await compile(shop, owner, ''))[0]).to.include({
      file: 'policy-1.rego',
      message: 'rego_parse_error: empty module',
    });
    for (const name of ['../x.rego', 'a/b.rego', '/etc/x.rego', '..rego', 'x.json', 'data.yaml', '']) {
      const compiled = await shop.compiler.compile({ files: [rego(owner, name)], package: undefined }, 'shop');
      expect(codesOf(compiled), name).to.deep.equal(['InvalidRego']);
    }
    const twice = await shop.compiler.compile({ files: [rego(owner), rego(owner)], package: undefined }, 'shop');
    expect(problemsOf(twice)[0]?.message).to.include('stands once');
    for (const name of ['-rf.rego', '.hidden.rego', '--help.rego']) {
      const compiled = await shop.compiler.compile({ files: [rego(owner, name)], package: undefined }, 'shop');
      expect(compiled.outcome, name).to.equal('compiled');
    }
  });

  it('takes names in any script, a byte order mark, and lines that end as on Windows', async () => {
    const compiled = await compile(shop, `package shop["ladén"]["владелец 日本"]\n\ndeny contains "🦈" if input.x`);
    expect(compiled).to.have.nested.property('source.entrypoints[0]', 'shop/ladén/владелец 日本/deny');
    expect(await compile(shop, `\ufeff${owner}`)).to.have.property('outcome', 'compiled');
    expect(await compile(shop, owner.replaceAll('\n', '\r\n'))).to.have.property('outcome', 'compiled');
    const broken = await compile(shop, owner.replace('msg :=', 'msg := ]').replaceAll('\n', '\r\n'));
    expect(problemsOf(broken)[0]).to.include({
      source: '  msg := ] sprintf("%s has no owner", [input.object.metadata.name])',
    });
  });

  it('compiles what reads data.inventory', async () => {
    const text =
      'package a\nimport data.inventory\n' +
      'deny contains name if some name, _ in inventory.namespace.shop["v1"].Service\n';
    expect(await compile(shop, text)).to.have.property('outcome', 'compiled');
  });

  it('leaves nothing behind but what OPA may know of', async () => {
    await compile(shop, owner);
    const left = await readdir(shop.folder);
    expect(left.sort()).to.deep.equal(['policy-v0.json', 'policy-v1.json', 'tests-v0.json', 'tests-v1.json']);
  });

  it('takes away what a killed process left behind', async () => {
    const folder = join(shop.folder, 'another');
    await mkdir(join(folder, 'job-old'), { recursive: true });
    await writeFile(join(folder, 'job-old', 'policy.rego'), owner);
    const tools = { opaPath: shop.opa, prlimitPath: '/usr/bin/prlimit', nicePath: '/usr/bin/nice' };
    const created = await createCompiler({ ...tools, folder, limits: defaultLimits, refused: {} });
    expect(created).to.have.property('outcome', 'ready');
    expect(await readdir(folder))
      .to.have.length(4)
      .and.not.include('job-old');
  });

  it('is unavailable, and says why, where there is no OPA or no folder', async () => {
    const good = { opaPath: shop.opa, prlimitPath: '/usr/bin/prlimit', nicePath: '/usr/bin/nice', refused: {} };
    const common = { ...good, folder: join(shop.folder, 'other'), limits: defaultLimits };
    const cases = {
      opa: { ...common, opaPath: '/nowhere/opa' },
      'another program': { ...common, opaPath: '/bin/true' },
      prlimit: { ...common, prlimitPath: '/nowhere/prlimit' },
      nice: { ...common, nicePath: '/nowhere/nice' },
      folder: { ...common, folder: '/dev/null/nowhere' },
    };
    for (const [name, options] of Object.entries(cases)) {
      const created = await createCompiler(options);
      expect(created, name).to.have.property('outcome', 'unavailable');
      expect(created, name).to.have.property('message').that.is.not.empty;
    }
  });

  describe('keeps OPA from reading what a policy names', () => {
    const schema = (ref: string) =>
      `# METADATA\n# schemas:\n# - input: {"$ref": ${JSON.stringify(ref)}}\npackage a\n\n` +
      `deny contains "x" if input.x == 1\n\nfoo contains 1 if unknown_one\n`;
    let secret: string;
    before(async () => {
      secret = join(shop.folder, 'secret.json');
      await writeFile(secret, '{"type": "object", "properties": {"x": {"type": "string"}}}');
    });

    it('planted: OPA by itself reads a file that METADATA refers to', async () => {
      const text = schema(`file://${secret}`).replace('unknown_one', 'true');
      const file = join(shop.folder, 'planted.rego');
      await writeFile(file, text);
      // The comparison breaks only for one who has read that `x` is a string.
      expect((await askOpa(shop, 'check', file)).printed).to.include('match error');
    });

    it('refuses schemas in METADATA, native or not, even where other mistakes have OPA look for columns', async () => {
      for (const text of [schema(`file://${secret}`), schema(`file://${secret}`).replace('unknown_one', 'true')]) {
        const native = await compile(shop, text);
        expect(problemsOf(native)[0]).to.include({ code: 'InvalidRego', file: 'policy.rego' });
        expect(problemsOf(native)[0]?.message).to.include('METADATA may not carry schemas');
        const source = { files: [rego(text)], regoVersion: 'v1', entrypoints: ['a/deny'] } as const;
        const exact = await shop.compiler.compile(source, 'shop');
        expect(JSON.stringify(exact)).to.not.include('match error');
        const tested = await shop.compiler.test({ ...source, tests: [] }, 'shop');
        expect(problemsOf(tested)[0]?.message).to.include('METADATA may not carry schemas');
        const inTests = { ...source, files: [rego(owner, 'other.rego')], tests: [rego(text, 'policy_test.rego')] };
        expect(codesOf(await shop.compiler.test(inTests, 'shop'))).to.deep.equal(['InvalidRego']);
      }
    });

    it('finds schemas of rules too, however the word is written', async () => {
      const text =
        'package a\n\n# METADATA\n# scope: rule\n# "sch\\u0065mas":\n' +
        `# - input: {"$ref": "file://${secret}"}\ndeny contains "x" if input.x == 1\n`;
      expect(problemsOf(await compile(shop, text))[0]?.message).to.include('METADATA may not carry schemas');
    });

    it('refuses the built-ins by which tests would read files; planted: OPA by itself does', async () => {
      const test = (verify: string) =>
        `package a_test\n\ntest_x if json.match_schema({"x": "1"}, {"$ref": "${verify}"})[0]\n`;
      const folder = join(shop.folder, 'planted');
      const text = test(`file://${secret}`);
      await mkdir(folder);
      await writeFile(join(folder, 'a_test.rego'), text);
      expect((await askOpa(shop, 'test', folder)).printed).to.include('PASS: 1/1');
      const source = { files: [rego(owner)], regoVersion: 'v1', entrypoints: ['shop/owner/deny'] } as const;
      const tested = await shop.compiler.test({ ...source, tests: [rego(text, 'a_test.rego')] }, 'shop');
      expect(problemsOf(tested)[0]).to.include({ code: 'ForbiddenBuiltin', file: 'a_test.rego', line: 3 });
    });

    it('fetches nothing; planted: OPA by itself does', async () => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const text = schema(`http://127.0.0.1:${port}/x`).replace('unknown_one', 'true');
        const file = join(shop.folder, 'fetch.rego');
        await writeFile(file, text);
        await askOpa(shop, 'check', file);
        expect(connections, 'planted').to.be.above(0);
        connections = 0;
        await compile(shop, text);
        await shop.compiler.compile({ files: [rego(text)], regoVersion: 'v1', entrypoints: ['a/deny'] }, 'shop');
        // The list of hosts is the second wall, for what finds a way around the first.
        await askOpa(shop, 'check', '--capabilities', join(shop.folder, 'policy-v1.json'), file);
        expect(connections).to.equal(0);
      } finally {
        server.close();
      }
    });
  });

  describe('runs the author’s tests', () => {
    const test = async (text: string, policy = owner) =>
      await shop.compiler.test(
        {
          files: [rego(policy)],
          regoVersion: 'v1',
          entrypoints: ['shop/owner/deny'],
          tests: [rego(text, 'owner_test.rego')],
        },
        'shop',
      );

    it('counts those that pass', async () => {
      const text =
        'package shop.owner_test\nimport data.shop.owner\n\n' +
        'test_none if count(owner.deny) == 1 with input as {"object": {"metadata": {"name": "x"}}}\n' +
        'test_some if count(owner.deny) == 0 with input as {"object": {"metadata": {"labels": {"owner": "me"}}}}\n';
      expect(await test(text)).to.deep.equal({ outcome: 'passed', count: 2 });
      expect(await test('package shop.owner_test\n\nx := 1\n')).to.deep.equal({ outcome: 'passed', count: 0 });
    });

    it('names each that fails with file and line, in their order, and what it printed', async () => {
      const text =
        'package shop.owner_test\n\ntest_a if 1 == 2\n\ntest_b if {\n  print("seen", input)\n  false\n}\n\ntest_c if true\n';
      expect(
        problemsOf(await test(text)).map(({ code, file, line, message }) => [code, file, line, message]),
      ).to.deep.equal([
        ['RegoTestFailed', 'owner_test.rego', 3, 'shop.owner_test.test_a failed'],
        ['RegoTestFailed', 'owner_test.rego', 5, 'shop.owner_test.test_b failed; it printed: seen <undefined>'],
      ]);
    });

    it('names what keeps them from compiling, with column', async () => {
      expect(problemsOf(await test('package a\n\ntest_x if data.shop.owner.denyy(1)\n'))[0]).to.include({
        code: 'InvalidRego',
        file: 'owner_test.rego',
        line: 3,
        column: 11,
      });
      expect(codesOf(await test('package a\n\ntest_x if http.send({})\n'))).to.deep.equal(['ForbiddenBuiltin']);
    });
  });
});
