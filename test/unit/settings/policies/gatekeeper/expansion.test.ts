import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { expand, impliedMessage } from '../../../../../settings/policies/gatekeeper/expand.ts';
import { expansionCycles, workloadExpansions } from '../../../../../settings/policies/gatekeeper/expansion.ts';
import type { Expansion } from '../../../../../settings/policies/gatekeeper/types.ts';
import type { KubeObject } from '../../../../../settings/policies/object.ts';
import { problems, readWell } from './write.ts';

function written(spec: object, name = 'pods', version = 'v1beta1'): string {
  return stringify({
    apiVersion: `expansion.gatekeeper.sh/${version}`,
    kind: 'ExpansionTemplate',
    metadata: { name },
    spec,
  });
}

const spec = {
  applyTo: [{ groups: ['apps'], versions: ['v1'], kinds: ['Deployment', 'ReplicaSet'] }],
  templateSource: 'spec.template',
  generatedGVK: { version: 'v1', kind: 'Pod' },
};

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'Cart', namespace: 'shop', labels: { own: 'x' } },
  spec: {
    replicas: 2,
    template: { metadata: { labels: { app: 'cart' }, namespace: 'lost' }, spec: { containers: [] } },
  },
};

function resultants(
  object: KubeObject,
  namespace: string | undefined,
  expansions: readonly Expansion[],
): readonly unknown[] {
  const expanded = expand(object, namespace, expansions);
  if (expanded.outcome === 'failed') throw new Error(expanded.message);
  return expanded.resultants;
}

function edge(name: string, from: string, to: string): Expansion {
  const applyTo = [{ groups: [''], versions: ['v1'], kinds: [from] }];
  return {
    name,
    applyTo,
    templateSource: ['spec'],
    generated: { group: '', version: 'v1', kind: to },
    enforcement: undefined,
  };
}

describe('settings/policies/gatekeeper/expansion', () => {
  it('reads an ExpansionTemplate', () => {
    expect(readWell(written({ ...spec, enforcementAction: 'warn' })).expansions).to.deep.equal([
      {
        name: 'pods',
        applyTo: spec.applyTo,
        templateSource: ['spec', 'template'],
        generated: { group: '', version: 'v1', kind: 'Pod' },
        enforcement: 'warn',
      },
    ]);
    expect(readWell(written(spec, 'pods', 'v1alpha1')).expansions[0]?.enforcement).to.equal(undefined);
  });

  it('refuses what Gatekeeper refuses, and keys that nothing reads', () => {
    expect(problems(written({}, 'a'.repeat(64), 'v1'))).to.deep.equal([
      'ExpansionInvalid | apiVersion | expansion.gatekeeper.sh/v1 | one of expansion.gatekeeper.sh/v1beta1, expansion.gatekeeper.sh/v1alpha1',
      `ExpansionInvalid | metadata.name | ${'a'.repeat(64)} | at most 63 characters`,
      'ExpansionInvalid | spec.applyTo | nothing | at least one {groups, versions, kinds}',
      'ExpansionInvalid | spec.templateSource | nothing | a text',
      'ExpansionInvalid | spec.generatedGVK.version | nothing | a text',
      'ExpansionInvalid | spec.generatedGVK.kind | nothing | a text',
    ]);
    expect(
      problems(
        written({
          ...spec,
          generatedGVK: { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
          applyTos: 1,
          enforcementAction: 'denny',
        }),
      ),
    ).to.deep.equal([
      'ExpansionInvalid | spec.applyTos | applyTos | keys are applyTo, templateSource, generatedGVK, enforcementAction | -> applyTo',
      'ExpansionInvalid | spec.enforcementAction | denny | one of deny, warn, dryrun, "" | -> deny',
      'ExpansionInvalid | spec.generatedGVK | {"group":"apps","version":"v1","kind":"ReplicaSet"} | another kind than those of applyTo',
    ]);
    expect(problems(written({ ...spec, applyTo: [{ groups: [], kinds: ['A'] }] }))).to.deep.equal([
      'ExpansionInvalid | spec.applyTo[0].groups | [] | at least one; there are no globs here',
      'ExpansionInvalid | spec.applyTo[0].versions | nothing | at least one; there are no globs here',
    ]);
  });

  it('makes the pod of a workload: its kind, its name, its namespace, and its owner', () => {
    expect(resultants(deployment, undefined, readWell(written(spec)).expansions)).to.deep.equal([
      {
        template: 'pods',
        enforcement: undefined,
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            labels: { app: 'cart' },
            namespace: 'shop',
            name: 'cart-pod',
            ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'Cart', uid: '' }],
          },
          spec: { containers: [] },
        },
      },
    ]);
  });

  it('knows the pods of every workload of Kubernetes', () => {
    const template = { spec: { containers: [] } };
    const workloads: readonly (readonly [string, string, object])[] = [
      ['apps/v1', 'Deployment', { template }],
      ['apps/v1', 'ReplicaSet', { template }],
      ['apps/v1', 'StatefulSet', { template }],
      ['apps/v1', 'DaemonSet', { template }],
      ['v1', 'ReplicationController', { template }],
      ['batch/v1', 'Job', { template }],
      ['batch/v1', 'CronJob', { jobTemplate: { spec: { template } } }],
    ];
    for (const [apiVersion, kind, of] of workloads) {
      const [made, ...others] = resultants(
        { apiVersion, kind, metadata: { name: 'x' }, spec: of },
        'shop',
        workloadExpansions,
      ) as { object: KubeObject }[];
      expect(others).to.deep.equal([]);
      expect(made?.object).to.deep.include({ kind: 'Pod', spec: { containers: [] } });
      expect(made?.object['metadata']).to.deep.include({ name: 'x-pod', namespace: 'shop' });
    }
    expect(resultants({ apiVersion: 'v1', kind: 'Pod', metadata: {} }, 'shop', workloadExpansions)).to.deep.equal([]);
  });

  it('puts resultants into the namespace that is known, else the object’s, else the template’s', () => {
    const { expansions } = readWell(written(spec));
    const homeOf = (object: KubeObject, namespace: string | undefined): unknown => {
      const [made] = resultants(object, namespace, expansions) as { object: { metadata: KubeObject } }[];
      return made?.object.metadata['namespace'];
    };
    const homeless = { ...deployment, metadata: { name: 'cart' } };
    expect(homeOf(deployment, 'other')).to.equal('other');
    expect(homeOf(deployment, undefined)).to.equal('shop');
    expect(homeOf(homeless, undefined)).to.equal('lost');
    expect(homeOf(homeless, '')).to.equal(undefined);
  });

  it('keeps the owners that the template names, and does not name one twice', () => {
    const { expansions } = readWell(written(spec));
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'Cart', uid: 'u', controller: true };
    const other = { ...owner, name: 'other' };
    const ownersOf = (ownerReferences: readonly object[]): unknown => {
      const object = { ...deployment, spec: { template: { metadata: { ownerReferences } } } };
      const [made] = resultants(object, undefined, expansions) as { object: { metadata: KubeObject } }[];
      return made?.object.metadata['ownerReferences'];
    };
    expect(ownersOf([owner])).to.deep.equal([owner]);
    expect(ownersOf([other])).to.deep.equal([
      other,
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'Cart', uid: '' },
    ]);
  });

  it('expands what is made in turn, the deepest first', () => {
    const expansions = [
      edge('b-to-c', 'B', 'C'),
      edge('a-to-b', 'A', 'B'),
      { ...edge('a-to-d', 'A', 'D'), enforcement: 'dryrun' as const },
    ];
    const object = { apiVersion: 'v1', kind: 'A', metadata: { name: 'x' }, spec: { spec: {} } };
    const made = resultants(object, '', expansions) as { object: KubeObject; template: string; enforcement: unknown }[];
    expect(
      made.map((one) => [
        one.template,
        one.object['kind'],
        (one.object['metadata'] as KubeObject)['name'],
        one.enforcement,
      ]),
    ).to.deep.equal([
      ['b-to-c', 'C', 'x-b-c', undefined],
      ['a-to-b', 'B', 'x-b', undefined],
      ['a-to-d', 'D', 'x-d', 'dryrun'],
    ]);
  });

  it('fails on an object without the template, and never runs for ever', () => {
    const { expansions } = readWell(written(spec));
    expect(expand({ ...deployment, spec: { template: 'x' } }, undefined, expansions)).to.deep.equal({
      outcome: 'failed',
      code: 'ExpansionFailed',
      message: 'Deployment Cart has no map at spec.template, which pods expands',
    });
    const loop = { ...edge('loop', 'A', 'A'), templateSource: [] };
    expect(expand({ apiVersion: 'v1', kind: 'A' }, '', [loop])).to.deep.include({
      outcome: 'failed',
      message: 'expansions nest more than 30 levels',
    });
  });

  it('makes at most 100 objects of one: the number may double with each step', () => {
    const steps = (count: number): readonly Expansion[] =>
      Array.from({ length: count }, (_, at) =>
        ['left', 'right'].map((side) => ({
          ...edge(`${side}-${at}`, `K${at}`, `K${at + 1}`),
          templateSource: ['metadata'],
        })),
      ).flat();
    const object = { apiVersion: 'v1', kind: 'K0', metadata: { name: 'x' } };
    expect(resultants(object, '', steps(5))).to.have.length(62);
    expect(expand(object, '', steps(25))).to.deep.equal({
      outcome: 'failed',
      code: 'ExpansionFailed',
      message: 'expansions make more than 100 objects',
    });
  });

  it('finds exactly the expansions that stand on a cycle', () => {
    const kind = fc.constantFrom('A', 'B', 'C', 'D');
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, kind), { maxLength: 6 }), (pairs) => {
        const expansions = pairs.map(([from, to], at) => edge(`e${at}`, from, to));
        // Floyd and Warshall, of kinds.
        const reach = new Set(pairs.map(([from, to]) => from + to));
        for (const via of 'ABCD')
          for (const a of 'ABCD')
            for (const b of 'ABCD') if (reach.has(a + via) && reach.has(via + b)) reach.add(a + b);
        const expected = pairs.flatMap(([from, to], at) => (from === to || reach.has(to + from) ? [`e${at}`] : []));
        expect(expansionCycles(expansions)).to.deep.equal(expected);
      }),
    );
  });

  it('heads messages as Gatekeeper does', () => {
    expect(impliedMessage('pods', 'no limits')).to.equal('[Implied by pods] no limits');
  });
});
