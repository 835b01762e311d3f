import { randomBytes } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { ApiResource } from '../../../../../kube/discovery.ts';
import type { Problem } from '../../../../../runtime/problem.ts';
import { createCheck } from '../../../../../webhook/policy/load/check.ts';
import type { CheckOptions, Checked } from '../../../../../webhook/policy/load/check.ts';
import type { CompiledModule } from '../../../../../webhook/policy/types.ts';
import { writtenConstraint, writtenTemplate } from '../../../settings/policies/gatekeeper/write.ts';
import { openWorkshop } from '../compile/workshop.ts';
import type { Workshop } from '../compile/workshop.ts';
import { kindsOf, policyOf, resource, served } from './served.ts';

const fixtures = join(import.meta.dirname, '..', '..', '..', '..', 'fixtures', 'gator');
const pods = { 'policy-kinds': 'Pod' };
const owner = 'package shop\n\ndeny contains "no owner" if not input.object.metadata.labels.owner\n';

/** Keys that a ConfigMap of YAML files has, a file each. */
function keys(...texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text, at) => [`${at}.yaml`, text]));
}

function line({ code, field, value }: Problem): string {
  return `${code} at ${field}: ${value}`;
}

describe('policy/load: the check of a ConfigMap, with the real OPA', function () {
  this.timeout(300_000);
  let shop: Workshop;
  let kept: CompiledModule[];

  const check = async (
    data: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>> = {},
    { signal = new AbortController().signal, ...more }: Partial<CheckOptions> & { readonly signal?: AbortSignal } = {},
  ): Promise<Checked> => {
    const keep: CheckOptions['modules']['keep'] = (module) => {
      kept.push(module);
      return Promise.resolve({ outcome: 'taken', module });
    };
    const options = {
      modules: { keep },
      compiler: shop.compiler,
      kinds: kindsOf(),
      readable: ['services'],
      ownNamespace: 'remora-system',
      ...more,
    };
    return await createCheck(options)(policyOf(data, annotations), signal);
  };
  const found = async (...words: Parameters<typeof check>): Promise<Pick<Checked, 'problems' | 'warnings'>> => {
    const { problems, warnings } = await check(...words);
    return { problems, warnings };
  };
  const clean = { problems: [], warnings: [] };

  before(async () => {
    shop = await openWorkshop();
  });
  after(async () => {
    await shop.close();
  });
  beforeEach(() => {
    kept = [];
  });

  describe('of Rego', () => {
    it('finds nothing in a good policy, and keeps what it compiled', async () => {
      expect(await found({ 'owner.rego': owner }, pods)).to.deep.equal(clean);
      expect(kept.map(({ entrypoints }) => entrypoints)).to.deep.equal([['shop/deny']]);
    });

    it('gives what it accepted, ready to be evaluated, and nothing of what it did not', async () => {
      const { policies } = await check({ 'owner.rego': owner }, pods);
      expect(policies.map(({ name, isForAll, rules }) => [name.title, isForAll, rules[0]?.entrypoint])).to.deep.equal([
        ['shop/owners', false, 'shop/deny'],
      ]);
      const template = keys(writtenTemplate(), writtenConstraint());
      expect((await check(template)).policies.map(({ name }) => name.title)).to.deep.equal(['one']);
      expect((await check({ 'owner.rego': owner }, pods, { ownNamespace: 'shop' })).policies[0]?.isForAll).to.equal(
        true,
      );
      expect((await check({ 'owner.rego': owner }, { 'policy-kinds': 'Pot' })).policies).to.deep.equal([]);
    });

    it('runs its tests', async () => {
      const test = (labels: string): string =>
        `package shop_test\n\nimport data.shop\n\ntest_owner if count(shop.deny) == 0 with input as {"object": {"metadata": {"labels": ${labels}}}}\n`;
      expect(await found({ 'owner.rego': owner, 'owner_test.rego': test('{"owner": "x"}') }, pods)).to.deep.equal(
        clean,
      );
      const { problems } = await check({ 'owner.rego': owner, 'owner_test.rego': test('{}') }, pods);
      expect(problems.map(line)).to.deep.equal([
        'RegoTestFailed at owner_test.rego:5:1: test_owner if count(shop.deny) == 0 with input as {"object": {"metadata": {"labels": {}}}}',
      ]);
    });

    it('runs no test of what does not compile', async () => {
      const { problems } = await check(
        { 'a.rego': 'package shop\n\ndeny contains x if y\n', 'a_test.rego': 'no' },
        pods,
      );
      expect(problems.map(({ code, field }) => [code, field])).to.deep.equal([['InvalidRego', 'a.rego:3:15']]);
    });

    const bad: readonly (readonly [
      what: string,
      data: Readonly<Record<string, string>>,
      annotations: Readonly<Record<string, string>>,
      found: readonly string[],
    ])[] = [
      [
        'no kinds',
        { 'a.rego': owner },
        {},
        ['PolicyIncomplete at metadata.annotations[remora.dev/policy-kinds]: nothing'],
      ],
      ['an unknown kind', { 'a.rego': owner }, { 'policy-kinds': 'Pot' }, ['UnknownKind at match.kinds: Pot']],
      [
        'an inventory that the chart does not list',
        { 'a.rego': owner },
        { ...pods, 'policy-inventory': 'apps/v1/Deployment,v1/Service' },
        ['InventoryNotReadable at inventory: apps/v1/Deployment'],
      ],
      [
        'an inventory that nobody serves',
        { 'a.rego': owner },
        { ...pods, 'policy-inventory': 'v1/Services' },
        ['UnknownKind at inventory: v1/Services'],
      ],
      [
        'an unsafe variable',
        { 'a.rego': 'package shop\n\ndeny contains x if true\n' },
        pods,
        ['InvalidRego at a.rego:3:15: deny contains x if true'],
      ],
      [
        'an error after text that is not ASCII',
        { 'a.rego': 'package shop\n\ndeny contains concat("größe 🎈", 1) if true; x\n' },
        pods,
        ['InvalidRego at a.rego:3:43: deny contains concat("größe 🎈", 1) if true; x'],
      ],
      [
        'a call that reaches out',
        { 'a.rego': 'package shop\n\ndeny contains "x" if http.send({})\n' },
        pods,
        ['ForbiddenBuiltin at a.rego:3:22: deny contains "x" if http.send({})'],
      ],
      ['no rule', { 'a.rego': 'package shop\n\nallow := true\n' }, pods, ['MissingRule at the policy: ']],
      [
        'a rule without messages',
        { 'a.rego': 'package shop\n\ndeny if true\n' },
        pods,
        ['InvalidRule at a.rego:3:1: deny if true'],
      ],
      ['a file whose name is no word', { 'größe.rego': owner }, pods, ['InvalidRego at größe.rego: ']],
    ];
    for (const [what, data, annotations, found] of bad) {
      it(`refuses ${what}, and keeps nothing`, async () => {
        const { problems } = await check(data, annotations);
        expect(problems.map(line)).to.deep.equal(found);
        expect(kept).to.deep.equal([]);
      });
    }

    it('reports the mistakes of the ConfigMap and of its Rego at once', async () => {
      const { problems } = await check(
        { 'a.rego': 'package shop\n\ndeny contains x if true\n' },
        { 'policy-kinds': 'Pot', 'policy-inventory': 'v1/Pod' },
      );
      expect(problems.map(({ code }) => code).sort()).to.deep.equal([
        'InvalidRego',
        'InventoryNotReadable',
        'UnknownKind',
      ]);
    });

    it('never lets a policy read Secrets, whatever it asks for', async () => {
      const { problems } = await check({ 'a.rego': owner }, { ...pods, 'policy-inventory': 'v1/Secret' });
      expect(problems.map(line)).to.deep.equal([
        'InvalidPolicy at metadata.annotations[remora.dev/policy-inventory]: v1/Secret',
      ]);
    });

    it('warns, with the code, of Rego v0', async () => {
      const { problems, warnings } = await check({ 'a.rego': 'package shop\n\ndeny["no"] { true }\n' }, pods);
      expect(problems).to.deep.equal([]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/\[RegoV0\]$/);
    });

    it('takes one of a mebibyte, in which most is a comment', async () => {
      const text = `${owner}# ${'ü'.repeat((1024 * 1024 - owner.length) / 2 - 2)}\n`;
      expect(Buffer.byteLength(text)).to.be.within(1024 * 1024 - 8, 1024 * 1024);
      expect(await found({ 'a.rego': text }, pods)).to.deep.equal(clean);
    });

    it('refuses one whose module no ConfigMap holds', async () => {
      const { compiler } = shop;
      const large: CheckOptions['compiler'] = {
        ...compiler,
        compile: async (...words) => {
          const compiled = await compiler.compile(...words);
          if (compiled.outcome === 'refused') return compiled;
          return { ...compiled, module: { ...compiled.module, wasm: new Uint8Array(randomBytes(1_100_000)) } };
        },
      };
      const { problems } = await check({ 'a.rego': owner }, pods, { compiler: large });
      expect(problems.map(({ code }) => code)).to.deep.equal(['PolicyTooLarge']);
      expect(kept).to.deep.equal([]);
    });

    it('refuses what compiles but could not be loaded', async () => {
      const problem = { code: 'InvalidRego', file: '', line: 0, column: 0, message: 'no', source: '' } as const;
      const keep = (): ReturnType<CheckOptions['modules']['keep']> =>
        Promise.resolve({ outcome: 'refused', problems: [problem] });
      const { problems } = await check({ 'a.rego': owner }, pods, { modules: { keep } });
      expect(problems).to.deep.equal([{ code: 'InvalidRego', field: 'the policy', value: '', allowed: 'no' }]);
    });

    it('gives up when nobody waits for the answer any more', async () => {
      const { problems } = await check({ 'a.rego': owner }, pods, { signal: AbortSignal.abort() });
      expect(problems.map(({ code }) => code)).to.deep.equal(['CompilerBusy']);
    });
  });

  describe('knows kinds that are new', () => {
    const things = resource('shop.dev/v1/Thing', 'things');
    const more = [...served, things];

    it('a CRD of a moment ago may be matched', async () => {
      const kinds = kindsOf(served, more);
      expect(await found({ 'a.rego': owner }, { 'policy-kinds': 'shop.dev/Thing' }, { kinds })).to.deep.equal(clean);
      expect(kinds.refreshes).to.equal(1);
    });

    it('and read, by a policy and by a template', async () => {
      const readable = ['shop.dev/things'];
      const inventory = { ...pods, 'policy-inventory': 'shop.dev/v1/Thing' };
      expect(await found({ 'a.rego': owner }, inventory, { kinds: kindsOf(served, more), readable })).to.deep.equal(
        clean,
      );
      const sync = requires([['shop.dev', 'v1', 'Thing']]);
      expect(
        await found(keys(referential(sync), writtenConstraint()), {}, { kinds: kindsOf(served, more), readable }),
      ).to.deep.equal(clean);
    });

    it('and the API server is not asked where nothing is missing', async () => {
      const kinds = kindsOf();
      await check({ 'a.rego': owner }, pods, { kinds });
      await check(keys(writtenTemplate(), writtenConstraint()), {}, { kinds });
      expect(kinds.refreshes).to.equal(0);
    });
  });

  describe('of Gatekeeper’s documents', () => {
    const folders = globSync('*/template.yaml', { cwd: fixtures })
      .map(dirname)
      .filter((folder) => existsSync(join(fixtures, folder, 'constraint.yaml')))
      .sort();
    const read = (folder: string, name: string): string => readFileSync(join(fixtures, folder, `${name}.yaml`), 'utf8');
    const everything = (kind: ApiResource): string =>
      kind.group === '' ? kind.plural : `${kind.group}/${kind.plural}`;

    it('takes templates and constraints as they are', async () => {
      expect(folders.length).to.be.greaterThan(5);
      for (const folder of folders) {
        const found = await check(
          { 'template.yaml': read(folder, 'template'), 'constraint.yaml': read(folder, 'constraint') },
          {},
          { readable: served.map(everything) },
        );
        expect(found.problems, folder).to.deep.equal([]);
      }
      expect(kept).to.have.length(folders.length);
    });

    it('places a mistake where it stands in the file: calls of sprintf in turn, misspelt', async () => {
      let places = 0;
      for (const folder of folders) {
        const text = read(folder, 'template');
        for (const { index } of [...text.matchAll(/sprintf\(/g)].slice(0, 2)) {
          const broken = `${text.slice(0, index)}sprntf(${text.slice(index + 'sprintf('.length)}`;
          const before = broken.slice(0, index).split('\n');
          const at = `template.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}`;
          const { problems } = await check({ 'template.yaml': broken, 'constraint.yaml': read(folder, 'constraint') });
          const found = problems.find(({ field }) => field === at);
          expect(found, `${folder} ${at} in ${problems.map(line).join('; ')}`).to.include({ code: 'InvalidRego' });
          const written = broken.split('\n')[before.length - 1] ?? '';
          expect(found?.value.slice(0, 100)).to.equal(written.trim().slice(0, 100));
          places += 1;
        }
      }
      expect(places).to.be.at.least(8);
    });

    it('places it in a lib, in code of another form, and in the second document of a file', async () => {
      const lib = 'package lib.shop\n\nis_bad(x) { concat("ü", x, 1) }\n';
      const rego = 'package shop\n\nviolation[{"msg": "no"}] { data.lib.shop.is_bad(1) }\n';
      const written = `# first\n---\n${writtenTemplate({ rego, target: { libs: [lib] } })}---\n${writtenConstraint()}`;
      const code = writtenTemplate({
        rego: null,
        target: {
          code: [
            {
              engine: 'Rego',
              source: { version: 'v1', rego: 'package shop\n\nviolation contains {"msg": x} if true\n' },
            },
          ],
        },
      });
      for (const [text, token] of [
        [written, 'concat('],
        [`${code}---\n${writtenConstraint()}`, 'x} if'],
      ] as const) {
        const { problems } = await check(keys(text));
        const [, row = '', column = ''] = /^0\.yaml:(\d+):(\d+)$/.exec(problems[0]?.field ?? '') ?? [];
        const found = text.split('\n')[Number(row) - 1] ?? '';
        expect(found.slice(Number(column) - 1, Number(column) - 1 + token.length), problems.map(line).join()).to.equal(
          token,
        );
      }
    });

    it('says of a template that gives no objects what it has to give', async () => {
      const rego = 'package shop\n\nviolation["text"] { true }\n';
      const { problems } = await check(keys(writtenTemplate({ rego }), writtenConstraint()));
      expect(problems.map(({ code, field }) => [code, field])[0]).to.deep.equal(['InvalidRego', '0.yaml']);
      expect(problems[0]?.allowed).to.contain(
        'the rule violation of K8sShop gives something else than objects with msg',
      );
    });

    it('takes documents in any order and any number of files', async () => {
      const other = writtenTemplate({ kind: 'Other' });
      const documents = [
        writtenConstraint(),
        writtenConstraint({}, 'two', 'Other'),
        writtenTemplate(),
        other,
        writtenConstraint({}, 'three'),
      ];
      expect(await found(keys(...documents))).to.deep.equal(clean);
      expect(await found(keys(documents.join('---\n')))).to.deep.equal(clean);
      expect(kept).to.have.length(4);
    });

    const bad: readonly (readonly [what: string, texts: readonly string[], found: readonly string[]])[] = [
      [
        'two templates of one kind',
        [writtenTemplate(), writtenTemplate(), writtenConstraint()],
        ['TemplateRepeated at 1.yaml:9:9 spec.crd.spec.names.kind: K8sShop'],
      ],
      [
        'a constraint without its template',
        [writtenTemplate(), writtenConstraint({}, 'one', 'K8sShopp')],
        ['TemplateMissing at 1.yaml:2:1 kind: K8sShopp'],
      ],
      [
        'a template in CEL',
        [readFileSync(join(fixtures, 'unsupported', 'cel.yaml'), 'utf8')],
        ['CelTemplate at 0.yaml:11:11 spec.targets[0].code[0].engine: K8sNativeValidation'],
      ],
      [
        'a template that asks a provider',
        [readFileSync(join(fixtures, 'unsupported', 'external.yaml'), 'utf8')],
        ['ExternalDataTemplate at 0.yaml:14:23 spec.targets[0].rego: external_data'],
      ],
      [
        'a constraint whose name is none',
        [writtenTemplate(), writtenConstraint({}, 'größe')],
        ['ConstraintInvalid at 1.yaml:4:3 metadata.name: größe'],
      ],
      [
        'an object of another kind',
        ['apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n'],
        ['GatekeeperKind at 0.yaml:2:1 kind: ConfigMap'],
      ],
    ];
    for (const [what, texts, found] of bad) {
      it(`refuses ${what}`, async () => {
        expect((await check(keys(...texts))).problems.map(line)).to.deep.equal(found);
        expect(kept).to.deep.equal([]);
      });
    }

    it('warns of a template without a constraint, which does nothing yet', async () => {
      const { problems, warnings } = await check(keys(writtenTemplate()));
      expect(problems).to.deep.equal([]);
      expect(warnings).to.deep.equal([
        'ConstraintTemplate K8sShop has no constraint here, so that it does nothing. [TemplateUnused]',
      ]);
    });

    it('warns of a constraint for kinds that nobody serves, as those of libraries are', async () => {
      const match = { kinds: [{ apiGroups: ['', 'shop.dev'], kinds: ['Pod', 'Thing'] }] };
      const { problems, warnings } = await check(keys(writtenTemplate(), writtenConstraint({ match })));
      expect(problems).to.deep.equal([]);
      expect(warnings).to.deep.equal([
        'a constraint matches shop.dev/Thing, and nothing is that: a kind that this API server serves, as kubectl ' +
          'api-resources lists them [UnknownKind]',
      ]);
    });

    it('takes one of a mebibyte, and refuses one with more of YAML than anybody writes', async () => {
      const small = `${writtenTemplate()}---\n${writtenConstraint()}---\n`;
      expect(await found(keys(`${small}# ${'x'.repeat(1024 * 1024 - small.length - 2)}`))).to.deep.equal(clean);
      const { problems } = await check(keys(`${small}a: [${'b, '.repeat(300_000)}]\n`));
      expect(problems.map(({ code }) => code)).to.deep.equal(['GatekeeperYaml']);
    });

    describe('that read data.inventory', () => {
      const unique = async (
        sync: object,
        readable: readonly string[],
        ...more: readonly string[]
      ): Promise<readonly (readonly string[])[]> => {
        const { problems, warnings } = await check(
          keys(referential(sync), writtenConstraint(), ...more),
          {},
          { readable },
        );
        return [
          problems.map(({ code, value }) => `${code} ${value}`),
          warnings.map((text) => /\[(\w+)\]$/.exec(text)?.[1] ?? text),
        ];
      };
      const syncSet = (...kinds: readonly string[]): string =>
        JSON.stringify({
          apiVersion: 'syncset.gatekeeper.sh/v1alpha1',
          kind: 'SyncSet',
          metadata: { name: 'all' },
          spec: { gvks: kinds.map((kind) => ({ group: '', version: 'v1', kind })) },
        });

      it('may read what they require, or one of several that would do', async () => {
        expect(await unique(requires([['', 'v1', 'Service']]), ['services'])).to.deep.equal([[], []]);
        const either = requires([
          ['extensions', 'v1beta1', 'Ingress'],
          ['networking.k8s.io', 'v1', 'Ingress'],
        ]);
        expect(await unique(either, ['networking.k8s.io/ingresses'])).to.deep.equal([[], []]);
      });

      it('may read what a SyncSet beside them names', async () => {
        expect(await unique({}, ['services'], syncSet('Service'))).to.deep.equal([[], []]);
      });

      it('are refused where they could not see what they are to compare with', async () => {
        expect(await unique(requires([['', 'v1', 'Service']]), ['pods'])).to.deep.equal([
          ['InventoryNotReadable v1/Service'],
          [],
        ]);
        expect(await unique(requires([['', 'v1', 'Secret']]), ['pods'])).to.deep.equal([
          ['InventoryNotReadable v1/Secret'],
          [],
        ]);
        expect(await unique({}, ['services'], syncSet('Service', 'Secret'))).to.deep.equal([
          ['InventoryNotReadable v1/Secret'],
          [],
        ]);
      });

      it('are told when nothing says what they read', async () => {
        expect(await unique({}, ['services'])).to.deep.equal([[], ['InventoryUndeclared']]);
      });
    });
  });
});

/** Metadata of a template that requires one of these kinds: group, version, kind. */
function requires(kinds: readonly (readonly [string, string, string])[]): object {
  const alternatives = kinds.map(([group, version, kind]) => ({ groups: [group], versions: [version], kinds: [kind] }));
  return { annotations: { 'metadata.gatekeeper.sh/requires-sync-data': JSON.stringify([alternatives]) } };
}

/** A template that looks into data.inventory. */
function referential(metadata: object): string {
  const rego = 'package shop\n\nviolation[{"msg": "no"}] { data.inventory.namespace[_].v1.Service[_] }\n';
  return writtenTemplate({ rego, metadata });
}
