import { expect } from 'chai';
import { readPolicy } from '../../../../../settings/policies/document.ts';
import { createLoader } from '../../../../../webhook/policy/load/load.ts';
import type { LoaderOptions } from '../../../../../webhook/policy/load/load.ts';
import type { ModuleOwner, Taken, TakenModule } from '../../../../../webhook/policy/load/modules.ts';
import type { Load } from '../../../../../webhook/policy/registry/loaded.ts';
import type { RegoProblem } from '../../../../../webhook/policy/types.ts';
import { writtenConstraint, writtenTemplate } from '../../../settings/policies/gatekeeper/write.ts';
import { kindsOf, policyOf, resource, served } from './served.ts';

const rego = 'package shop\n\ndeny contains "no" if input.object.x\n';
const pods = { 'policy-kinds': 'Pod' };
const sync = JSON.stringify([[{ groups: [''], versions: ['v1'], kinds: ['Service'] }]]);
const referential = writtenTemplate({
  rego: 'package shop\n\nviolation[{"msg": "no"}] { data.inventory.namespace[_].v1.Service[_] }\n',
  metadata: { annotations: { 'metadata.gatekeeper.sh/requires-sync-data': sync } },
});

function problem(code: RegoProblem['code'], more: Partial<RegoProblem> = {}): RegoProblem {
  return { code, file: '', line: 0, column: 0, message: 'm', source: '', ...more };
}

describe('policy/load: a stored policy', () => {
  let owners: ModuleOwner[];

  const load = async (
    configMap: ReturnType<typeof policyOf>,
    take: (owner: ModuleOwner) => Taken = ({ part }) => ({
      outcome: 'taken',
      module: {
        hash: `h${part}`,
        entrypoints: part === '' ? ['shop/deny', 'shop/violation', 'shop/warn'] : ['gatekeeper/violation'],
      },
    }),
    more: Partial<LoaderOptions> = {},
    last: (owner: ModuleOwner) => TakenModule | undefined = () => undefined,
  ): Promise<Load> =>
    await createLoader({
      modules: {
        take: (_source, owner) => {
          owners.push(owner);
          return Promise.resolve(take(owner));
        },
        last: (owner) => Promise.resolve(last(owner)),
      },
      kinds: kindsOf(),
      readable: ['services'],
      ownNamespace: 'remora-system',
      ...more,
    })({ namespace: configMap.namespace, name: configMap.name, read: readPolicy(configMap) });

  beforeEach(() => {
    owners = [];
  });

  it('in Rego is one policy, titled by its ConfigMap, with a rule for each that it defines', async () => {
    const found = await load(
      policyOf(
        { 'a.rego': rego },
        { ...pods, 'policy-on-failure': 'deny', 'policy-operations': 'DELETE', 'policy-inventory': 'v1/Service' },
      ),
    );
    if (found.outcome !== 'loaded') throw new Error(found.outcome);
    const [policy, ...others] = found.policies;
    expect([others, found.expansions]).to.deep.equal([[], []]);
    expect(policy).to.deep.include({
      name: { namespace: 'shop', name: 'owners', title: 'shop/owners' },
      isForAll: false,
      source: 'All',
      isAdmitted: true,
      isAudited: true,
      operations: ['DELETE'],
      onFailure: 'deny',
      input: 'native',
      parameters: '{}',
      inventory: [{ group: '', version: 'v1', kind: 'Service' }],
    });
    expect(owners).to.deep.include({ namespace: 'shop', name: 'owners', isForAll: false, part: '' });
  });

  const enforcements: readonly (readonly [enforcement: string, of: Readonly<Record<string, string>>])[] = [
    ['deny', { deny: 'deny', violation: 'deny', warn: 'warn' }],
    ['warn', { deny: 'warn', violation: 'warn', warn: 'warn' }],
    ['dryrun', { deny: 'dryrun', violation: 'dryrun', warn: 'dryrun' }],
  ];
  for (const [enforcement, of] of enforcements) {
    it(`that enforces ${enforcement}: its rules do ${JSON.stringify(of)}`, async () => {
      const found = await load(policyOf({ 'a.rego': rego }, { ...pods, 'policy-enforcement': enforcement }));
      if (found.outcome !== 'loaded') throw new Error(found.outcome);
      const rules = found.policies.flatMap((policy) => policy.rules);
      expect(
        Object.fromEntries(rules.map((rule) => [rule.entrypoint.replace('shop/', ''), rule.enforcement])),
      ).to.deep.equal(of);
    });
  }

  it('of Remora’s own namespace is for all', async () => {
    const found = await load({ ...policyOf({ 'a.rego': rego }, pods), namespace: 'remora-system' });
    expect(found).to.have.nested.property('policies[0].isForAll', true);
  });

  it('of Gatekeeper takes a module for each template, and is a policy for each constraint', async () => {
    const other = writtenTemplate({ kind: 'Other' });
    const texts = [
      writtenConstraint(),
      writtenTemplate(),
      other,
      writtenConstraint({}, 'two', 'Other'),
      writtenConstraint({}, 'three'),
    ];
    const found = await load(policyOf({ 'a.yaml': texts.join('---\n') }));
    if (found.outcome !== 'loaded') throw new Error(found.outcome);
    expect(found.policies.map(({ name, rules }) => [name.title, rules[0]?.module])).to.deep.equal([
      ['one', 'hK8sShop'],
      ['two', 'hOther'],
      ['three', 'hK8sShop'],
    ]);
    expect(owners.map(({ part }) => part)).to.deep.equal(['K8sShop', 'Other']);
  });

  it('that was stored broken is not compiled, and not tried again', async () => {
    const found = await load(policyOf({ 'a.rego': rego }));
    expect(found).to.deep.include({ outcome: 'failed', isTransient: false });
    expect(found).to.have.nested.property('problems[0].code', 'PolicyIncomplete');
    expect(owners).to.deep.equal([]);
  });

  describe('that does not compile', () => {
    const codes: readonly (readonly [code: RegoProblem['code'], isTransient: boolean])[] = [
      ['InvalidRego', false],
      ['InvalidRule', false],
      ['MissingRule', false],
      ['ForbiddenBuiltin', false],
      ['PolicyTooLarge', false],
      ['CompileLimit', true],
      ['CompilerBusy', true],
      ['CompilerUnavailable', true],
    ];
    for (const [code, isTransient] of codes) {
      it(`for ${code} is ${isTransient ? '' : 'not '}tried again`, async () => {
        const found = await load(policyOf({ 'a.rego': rego }, pods), () => ({
          outcome: 'refused',
          problems: [problem('InvalidRego'), problem(code, { file: 'a.rego', line: 3, column: 5, source: 'deny' })],
        }));
        expect(found).to.deep.include({ outcome: 'failed', isTransient });
        expect(found)
          .to.have.nested.property('problems[1]')
          .that.deep.equals({ code, field: 'a.rego:3:5', value: 'deny', allowed: 'm' });
      });
    }

    it('names the place in the template’s own file, of every template, and is loaded in no part', async () => {
      const texts = [
        writtenTemplate(),
        writtenConstraint(),
        writtenTemplate({ kind: 'Other' }),
        writtenConstraint({}, 'two', 'Other'),
      ];
      const found = await load(policyOf({ 'a.yaml': texts.join('---\n') }), ({ part }) =>
        part === 'Good'
          ? { outcome: 'taken', module: { hash: 'h', entrypoints: [] } }
          : { outcome: 'refused', problems: [problem('InvalidRego', { file: 'template.rego', line: 3, column: 1 })] },
      );
      if (found.outcome !== 'failed') throw new Error(found.outcome);
      const lines = texts.join('---\n').split('\n');
      const rows = [...lines.keys()].filter((at) => lines[at]?.includes('violation[') === true).map((at) => at + 1);
      expect(found.problems.map(({ field }) => field)).to.deep.equal(rows.map((row) => `a.yaml:${row}:9`));
    });
  });

  describe('that reads data.inventory', () => {
    const policy = policyOf({ 'a.yaml': `${referential}---\n${writtenConstraint()}` });

    it('gets what it requires', async () => {
      expect(await load(policy))
        .to.have.nested.property('policies[0].inventory')
        .that.deep.equals([{ group: '', version: 'v1', kind: 'Service' }]);
    });

    it('is not loaded without it, for it would let everything pass; it is tried again', async () => {
      for (const kinds of [kindsOf([]), kindsOf([resource('v1/Pod', 'pods')])]) {
        const found = await load(policy, undefined, { kinds });
        expect(found).to.deep.include({ outcome: 'failed', isTransient: true });
        expect(found).to.have.nested.property('problems[0].code', 'InventoryNotReadable');
      }
      expect((await load(policy, undefined, { readable: [] })).outcome).to.equal('failed');
    });

    it('is loaded once the API server, asked again, serves it', async () => {
      expect((await load(policy, undefined, { kinds: kindsOf([], served) })).outcome).to.equal('loaded');
    });
  });

  describe('that does not load', () => {
    const broken = (): Taken => ({ outcome: 'refused', problems: [problem('InvalidRego')] });
    const before: TakenModule = { hash: 'before', entrypoints: ['shop/deny'] };

    it('has its last module on standby, with what it is for now', async () => {
      const found = await load(policyOf({ 'a.rego': rego }, pods), broken, {}, () => before);
      expect(found).to.deep.include({ outcome: 'failed', isTransient: false });
      expect(found).to.have.nested.property('standby.policies[0].rules[0].module', 'before');
      const none = await load(policyOf({ 'a.rego': rego }, pods), broken);
      expect(none).to.not.have.property('standby');
    });

    it('has the constraints of the templates that load, and of those with a last module', async () => {
      const texts = [
        writtenTemplate(),
        writtenConstraint(),
        writtenTemplate({ kind: 'Other' }),
        writtenConstraint({}, 'two', 'Other'),
      ];
      const policy = policyOf({ 'a.yaml': texts.join('---\n') });
      const gate = { hash: 'before', entrypoints: ['gatekeeper/violation'] };
      const some = await load(policy, broken, {}, ({ part }) => (part === 'Other' ? gate : undefined));
      expect(some).to.have.nested.property('standby.policies').that.has.length(1);
      expect(some).to.have.nested.property('standby.policies[0].name.title', 'two');
      expect(await load(policy, broken)).to.not.have.property('standby');
    });
  });
});
