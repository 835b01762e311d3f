import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import type { GatekeeperPolicy } from '../../../../../settings/policies/document.ts';
import { constraintPolicies, expansionsOf } from '../../../../../webhook/policy/load/gatekeeper.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { readWell, writtenConstraint, writtenTemplate } from '../../../settings/policies/gatekeeper/write.ts';

const scoped = join(import.meta.dirname, '..', '..', '..', '..', 'fixtures', 'gator', 'scoped');
const place = { namespace: 'shop', name: 'owners', isForAll: false };
const modules = new Map([
  ['K8sShop', { hash: 'h1', entrypoints: ['gatekeeper/violation'] }],
  ['ShopNoHostNetwork', { hash: 'h2', entrypoints: ['gatekeeper/violation'] }],
]);

function load(...texts: readonly string[]): readonly LoadedPolicy[] {
  const document: GatekeeperPolicy = { ...readWell(...texts), onFailure: 'deny' };
  return constraintPolicies(document, place, modules, () => []);
}

describe('policy/load: constraints', () => {
  it('are policies, each of its own, titled as Gatekeeper heads its messages', () => {
    const match = { kinds: [{ apiGroups: [''], kinds: ['Pod'] }], source: 'Generated', namespaces: ['a*'] };
    const spec = { match, parameters: { word: 'x' } };
    const validation = { openAPIV3Schema: { type: 'object', properties: { word: { type: 'string' } } } };
    const template = writtenTemplate({ validation, target: { operations: ['DELETE'] } });
    const [one, two, ...others] = load(template, writtenConstraint(spec), writtenConstraint({}, 'two'));
    expect(others).to.deep.equal([]);
    expect(one).to.deep.include({
      name: { namespace: 'shop', name: 'owners', title: 'one' },
      isForAll: false,
      source: 'Generated',
      operations: ['DELETE'],
      onFailure: 'deny',
      input: 'gatekeeper',
      parameters: '{"word":"x"}',
      rules: [{ module: 'h1', entrypoint: 'gatekeeper/violation', enforcement: 'deny' }],
      isAdmitted: true,
      isAudited: true,
    });
    expect(one?.match).to.deep.include({ kinds: match.kinds, namespaces: ['a*'] });
    expect(one?.match).to.not.have.property('source');
    expect(two).to.deep.include({ source: 'All', parameters: '{}' });
    expect(two?.name.title).to.equal('two');
  });

  it('get what their template may read', () => {
    const document: GatekeeperPolicy = { ...readWell(writtenTemplate(), writtenConstraint()), onFailure: 'allow' };
    const services = { group: '', version: 'v1', kind: 'Service' };
    const [policy] = constraintPolicies(document, place, modules, ({ kind }) => (kind === 'K8sShop' ? [services] : []));
    expect(policy?.inventory).to.deep.equal([services]);
  });

  it('are none where their template has no module', () => {
    const document: GatekeeperPolicy = { ...readWell(writtenTemplate(), writtenConstraint()), onFailure: 'allow' };
    expect(constraintPolicies(document, place, new Map(), () => [])).to.deep.equal([]);
  });

  describe('are enforced where they say', () => {
    const template = readFileSync(join(scoped, 'template.yaml'), 'utf8');
    const fixture = (name: string): string => readFileSync(join(scoped, 'constraints', `${name}.yaml`), 'utf8');
    const actions = (...of: readonly (readonly [action: string, ...points: readonly string[]])[]): string =>
      writtenConstraint(
        {
          enforcementAction: 'scoped',
          scopedEnforcementActions: of.map(([action, ...points]) => ({
            action,
            enforcementPoints: points.map((name) => ({ name })),
          })),
        },
        'one',
        'ShopNoHostNetwork',
      );
    const admission = 'validation.gatekeeper.sh';
    const audit = 'audit.gatekeeper.sh';

    const table: readonly (readonly [
      what: string,
      constraint: string,
      isAdmitted: boolean,
      isAudited: boolean,
      enforcement: string,
    ])[] = [
      ['everywhere, when nothing is scoped', fixture('unscoped'), true, true, 'warn'],
      ['everywhere, by *', fixture('everywhere'), true, true, 'warn'],
      ['in the audit alone', fixture('audit'), false, true, 'deny'],
      ['at admission alone', fixture('webhook'), true, false, 'warn'],
      ['nowhere here, when it is for gator', fixture('gator'), false, false, 'dryrun'],
      ['at both', fixture('several'), true, true, 'deny'],
      ['otherwise at admission than in the audit', actions(['warn', admission], ['deny', audit]), true, true, 'warn'],
      [
        'by the action that refuses, of several',
        actions(['dryrun', admission], ['deny', admission]),
        true,
        false,
        'deny',
      ],
      ['by warnings rather than by counting', actions(['dryrun', '*'], ['warn', '*']), true, true, 'warn'],
    ];
    for (const [what, constraint, isAdmitted, isAudited, enforcement] of table) {
      it(what, () => {
        const [policy] = load(template, constraint);
        expect(policy).to.include({ isAdmitted, isAudited });
        expect(policy?.rules.map((rule) => rule.enforcement)).to.deep.equal([enforcement]);
      });
    }
  });

  it('come with the expansions beside them', () => {
    const expansion = stringify({
      apiVersion: 'expansion.gatekeeper.sh/v1alpha1',
      kind: 'ExpansionTemplate',
      metadata: { name: 'pods' },
      spec: {
        applyTo: [{ groups: ['apps'], versions: ['v1'], kinds: ['Deployment'] }],
        templateSource: 'spec.template',
        generatedGVK: { group: '', version: 'v1', kind: 'Pod' },
      },
    });
    const document: GatekeeperPolicy = { ...readWell(expansion), onFailure: 'allow' };
    const [loaded, ...others] = expansionsOf(document, { ...place, isForAll: true });
    expect(others).to.deep.equal([]);
    expect(loaded).to.deep.include({ namespace: 'shop', isForAll: true });
    expect(loaded?.expansion.name).to.equal('pods');
  });
});
