import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { problems, read, readWell, writtenConstraint, writtenTemplate } from './write.ts';

function expansion(name: string, from: string, to: string): string {
  return stringify({
    apiVersion: 'expansion.gatekeeper.sh/v1beta1',
    kind: 'ExpansionTemplate',
    metadata: { name },
    spec: {
      applyTo: [{ groups: [''], versions: ['v1'], kinds: [from] }],
      templateSource: 'spec.template',
      generatedGVK: { group: '', version: 'v1', kind: to },
    },
  });
}

describe('settings/policies/gatekeeper/document', () => {
  it('reads templates, constraints and expansions in any order, of one file or of several', () => {
    const texts = [
      writtenConstraint({}, 'one'),
      writtenConstraint({}, 'two'),
      writtenConstraint({}, 'one', 'K8sOther'),
      expansion('pods', 'Deployment', 'Pod'),
      writtenTemplate(),
      writtenTemplate({ kind: 'K8sOther' }),
    ];
    for (const files of [texts, [texts.join('---\n')]]) {
      const { templates, constraints, expansions } = readWell(...files);
      expect(templates.map(({ kind }) => kind)).to.deep.equal(['K8sShop', 'K8sOther']);
      expect(constraints.map(({ kind, name }) => `${kind}/${name}`)).to.deep.equal([
        'K8sShop/one',
        'K8sShop/two',
        'K8sOther/one',
      ]);
      expect(expansions.map(({ name }) => name)).to.deep.equal(['pods']);
    }
  });

  it('reads the kinds that a SyncSet and a Config keep', () => {
    const gvk = { group: '', version: 'v1', kind: 'Service' };
    const { inventory } = readWell(
      writtenTemplate(),
      writtenConstraint(),
      stringify({
        apiVersion: 'syncset.gatekeeper.sh/v1alpha1',
        kind: 'SyncSet',
        metadata: { name: 'a' },
        spec: { gvks: [gvk] },
      }),
      stringify({
        apiVersion: 'config.gatekeeper.sh/v1alpha1',
        kind: 'Config',
        metadata: { name: 'config' },
        spec: { sync: { syncOnly: [{ ...gvk, kind: 'Pod' }] } },
      }),
    );
    expect(inventory.map(({ kind }) => kind)).to.deep.equal(['Service', 'Pod']);
  });

  it('warns of a template without a constraint', () => {
    const result = read(writtenTemplate());
    expect(result.outcome === 'parsed' && result.warnings).to.deep.equal([
      {
        code: 'TemplateUnused',
        message: 'ConstraintTemplate K8sShop has no constraint here, so that it does nothing. [TemplateUnused]',
      },
    ]);
  });

  it('refuses what stands twice', () => {
    expect(
      problems(
        writtenTemplate(),
        writtenTemplate(),
        writtenConstraint(),
        writtenConstraint(),
        expansion('a', 'A', 'B'),
        expansion('a', 'A', 'B'),
      ),
    ).to.deep.equal([
      'TemplateRepeated | spec.crd.spec.names.kind | K8sShop | one template of each kind',
      'ConstraintRepeated | metadata.name | one | one constraint of each kind and name',
      'ExpansionRepeated | metadata.name | a | one ExpansionTemplate of each name',
    ]);
  });

  it('refuses a constraint of no template, with the nearest', () => {
    expect(problems(writtenConstraint())).to.deep.equal([
      'TemplateMissing | kind | K8sShop | the kind of a ConstraintTemplate; there is none',
    ]);
    expect(problems(writtenTemplate(), writtenConstraint({}, 'one', 'K8sShops'))).to.deep.equal([
      'TemplateMissing | kind | K8sShops | the kind of a template: K8sShop | -> K8sShop',
    ]);
  });

  it('does not call a constraint an orphan whose template is broken', () => {
    expect(
      problems(writtenTemplate({ rego: 'package a' }), writtenConstraint()).map((line) => line.split(' ')[0]),
    ).to.deep.equal(['TemplateRego']);
  });

  it('refuses expansions that go in circles, each of them', () => {
    const files = [
      expansion('a', 'A', 'B'),
      expansion('b', 'B', 'C'),
      expansion('c', 'C', 'A'),
      expansion('d', 'C', 'D'),
    ];
    expect(problems(...files).map((line) => line.split(' | ')[0])).to.deep.equal([
      'ExpansionCycle',
      'ExpansionCycle',
      'ExpansionCycle',
    ]);
  });

  it('refuses other kinds, external data by name, and what is no object', () => {
    expect(
      problems(
        'apiVersion: v1\nkind: Pod\n',
        'apiVersion: externaldata.gatekeeper.sh/v1beta1\nkind: Provider\n',
        'apiVersion: templates.gatekeeper.sh/v1\nkind: Template\n',
        '- a\n',
        'kind: Pod\n',
      ),
    ).to.deep.equal([
      'GatekeeperYaml |  | ["a"] | a Kubernetes object',
      'GatekeeperYaml | apiVersion | nothing | a text',
      'GatekeeperKind | kind | Pod | ConstraintTemplate, a kind of one, ExpansionTemplate, SyncSet or Config',
      'ExternalDataTemplate | kind | Provider | ConstraintTemplate, a kind of one, ExpansionTemplate, SyncSet or Config',
      'GatekeeperKind | kind | Template | ConstraintTemplate, a kind of one, ExpansionTemplate, SyncSet or Config',
      'GatekeeperKind | kind | Pod | ConstraintTemplate, a kind of one, ExpansionTemplate, SyncSet or Config',
    ]);
  });

  it('names file, line and column of every problem, of several files at once', () => {
    const result = read(`${writtenTemplate()}---\na: [\n`, writtenConstraint({ enforcementAction: 'x' }));
    expect(result.outcome === 'refused' && result.problems.map(({ field }) => field.split(' ')[0])).to.deep.equal([
      '0.yaml:18:1',
      '1.yaml:6:3',
    ]);
  });

  it('never fails on a text, and reports at most 50 problems', () => {
    const part = fc.constantFrom(
      'kind: ',
      'apiVersion: ',
      'templates.gatekeeper.sh/v1',
      'ConstraintTemplate',
      '\n',
      '  ',
      '- ',
      'spec:',
      '{',
      ']',
      ': ',
      '---\n',
      '*a',
      '&a ',
      '"',
      'targets: ',
      'rego: |',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const result = read(parts.join(''));
        if (result.outcome === 'refused') expect(result.problems.length).to.be.within(1, 50);
      }),
    );
    expect(problems(Array.from({ length: 80 }, () => 'kind: Pod').join('\n---\n'))).to.have.length(50);
  });
});
