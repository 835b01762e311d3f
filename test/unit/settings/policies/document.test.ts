import { expect } from 'chai';
import { describeProblem } from '../../../../runtime/problem.ts';
import { isGatekeeper, readNativePolicy, readPolicy } from '../../../../settings/policies/document.ts';
import type { PolicyConfigMap } from '../../../../settings/policies/types.ts';

const rego = 'package shop\n\ndeny contains "no" if input.object.x\n';

function configMap(
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = { 'policy-kinds': 'Pod' },
  more: Partial<PolicyConfigMap> = {},
): PolicyConfigMap {
  return {
    namespace: 'shop',
    name: 'owners',
    labels: { 'remora.dev/policy': 'true', app: 'x' },
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`remora.dev/${key}`, value])),
    data,
    binaryKeys: [],
    ...more,
  };
}

function document(...args: Parameters<typeof configMap>) {
  const read = readPolicy(configMap(...args));
  if (read.outcome === 'refused') throw new Error(read.problems.map(describeProblem).join('\n'));
  return read.document;
}

function problems(...args: Parameters<typeof configMap>): readonly string[] {
  const read = readPolicy(configMap(...args));
  return read.outcome === 'refused' ? read.problems.map(describeProblem) : [];
}

function codes(...args: Parameters<typeof configMap>): readonly string[] {
  const read = readPolicy(configMap(...args));
  return read.outcome === 'refused' ? read.problems.map(({ code }) => code) : [];
}

describe('settings/policies/document', () => {
  it('reads a policy that says the least, with every default', () => {
    expect(document({ 'owner.rego': rego })).to.deep.equal({
      kind: 'native',
      match: {
        kinds: [{ apiGroups: [''], kinds: ['Pod'] }],
        namespaces: [],
        excludedNamespaces: [],
        labelSelector: { matchLabels: {}, matchExpressions: [] },
        namespaceSelector: { matchLabels: {}, matchExpressions: [] },
        scope: '*',
        name: '',
      },
      operations: ['CREATE', 'UPDATE'],
      enforcement: 'deny',
      onFailure: 'allow',
      inventory: [],
      parameters: '{}',
      files: [{ name: 'owner.rego', text: rego }],
      tests: [],
      package: undefined,
    });
  });

  it('reads everything that may be said, by annotations and METADATA together', () => {
    const annotations = {
      'policy-namespaces': 'team-*',
      'policy-excluded-namespaces': '*-test',
      'policy-selector': 'app=web',
      'policy-namespace-selector': '!canary',
      'policy-operations': 'DELETE',
      'policy-on-failure': 'deny',
    };
    const metadata =
      '# METADATA\n# custom:\n#   remora:\n#     kinds: [Pod, apps/Deployment]\n#     enforcement: dryrun\n' +
      '#     inventory: v1/Service\n#     package: shop\n';
    const data = {
      'b.rego': 'package lib\n',
      'a.rego': metadata + rego,
      'a_test.rego': 'package shop_test\n',
      'parameters.yaml': 'team: shop\n',
      'parameters.schema.yaml': 'type: object\nproperties: {team: {type: string}}\n',
    };
    const read = document(data, annotations);
    expect(read).to.deep.include({
      operations: ['DELETE'],
      enforcement: 'dryrun',
      onFailure: 'deny',
      inventory: [{ group: '', version: 'v1', kind: 'Service' }],
      parameters: '{"team":"shop"}',
      package: 'shop',
    });
    expect(read).to.have.nested.property('match.kinds').with.length(2);
    expect(read).to.have.nested.property('match.namespaces').that.deep.equals(['team-*']);
    expect(read).to.have.nested.property('match.excludedNamespaces').that.deep.equals(['*-test']);
    expect(read).to.have.nested.property('match.labelSelector.matchExpressions').with.length(1);
    expect(read).to.have.nested.property('match.namespaceSelector.matchExpressions').with.length(1);
    expect(read.kind === 'native' && read.files.map(({ name }) => name)).to.deep.equal(['a.rego', 'b.rego']);
    expect(read.kind === 'native' && read.tests.map(({ name }) => name)).to.deep.equal(['a_test.rego']);
  });

  it('says of each value what is allowed and which was meant', () => {
    const annotations = {
      'policy-kinds': 'pod',
      'policy-enforcement': 'Deny',
      'policy-on-failure': 'fail',
      'policy-operations': 'CREATE,UPSERT',
      'policy-selector': 'a>1',
    };
    expect(problems({ 'owner.rego': rego }, annotations)).to.deep.equal([
      'metadata.annotations[remora.dev/policy-kinds]: "pod" is not valid: a comma-separated list of kinds such as Pod, ' +
        'apps/Deployment, apps/*, or *. Did you mean "Pod"? [InvalidPolicy]',
      'metadata.annotations[remora.dev/policy-enforcement]: "Deny" is not valid: one of deny, warn, dryrun. Did you mean ' +
        '"deny"? [InvalidPolicy]',
      'metadata.annotations[remora.dev/policy-on-failure]: "fail" is not valid: one of allow, deny. Did you mean "deny"? ' +
        '[InvalidPolicy]',
      'metadata.annotations[remora.dev/policy-operations]: "CREATE,UPSERT" is not valid: a comma-separated list of CREATE, ' +
        'UPDATE, DELETE, CONNECT. [InvalidPolicy]',
      'metadata.annotations[remora.dev/policy-selector]: "a>1" is not valid: a label selector such as app=web,tier in ' +
        '(a,b),!canary. [InvalidPolicy]',
    ]);
  });

  it('refuses keys that no policy has, with the nearest', () => {
    const data = { 'owner.rego': rego, 'parameter.yaml': 'a: 1', 'README.md': 'x' };
    const more = { labels: { 'remora.dev/policy': 'true', 'remora.dev/polciy': 'true' }, binaryKeys: ['x.wasm'] };
    const found = problems(data, { 'policy-kinds': 'Pod', 'policy-kind': 'Pod', inject: 'enabled' }, more);
    expect(found).to.have.length(6);
    expect(found[0]).to.include('labels[remora.dev/polciy]').and.include('Did you mean "remora.dev/policy"?');
    expect(found[1]).to.include('data[parameter.yaml]').and.include('Did you mean "parameters.yaml"?');
    expect(found[2]).to.include('data[README.md]');
    expect(found[3]).to.include('binaryData[x.wasm]');
    expect(found[4]).to.include('policy-kind]').and.include('Did you mean "remora.dev/policy-kinds"?');
    expect(found[5]).to.include('annotations[remora.dev/inject]');
    expect(found.every((line) => line.endsWith('[UnknownPolicyKey]'))).to.equal(true);
    const misspelt = { 'owner.rego': `# METADATA\n# custom: {remora: {kind: Pod}}\n${rego}` };
    expect(problems(misspelt)).to.deep.equal([
      'owner.rego:2:21 custom.remora.kind: "kind" is not valid: keys are kinds, namespaces, excluded-namespaces, selector, ' +
        'namespace-selector, operations, enforcement, on-failure, inventory, package. Did you mean "kinds"? ' +
        '[UnknownPolicyKey]',
    ]);
  });

  it('leaves annotations of others alone', () => {
    const read = readPolicy({
      ...configMap({ 'owner.rego': rego }),
      annotations: { 'a.b/c': 'x', 'remora.dev/policy-kinds': '*' },
    });
    expect(read).to.have.property('outcome', 'parsed');
  });

  it('refuses what is stated twice, and names both places', () => {
    const block = '# METADATA\n# custom: {remora: {kinds: Service}}\n';
    expect(problems({ 'owner.rego': block + rego })).to.deep.equal([
      'owner.rego:2:21 custom.remora.kinds: "kinds" is not valid: once; it also stands at ' +
        'metadata.annotations[remora.dev/policy-kinds]. [PolicyStatedTwice]',
    ]);
    expect(codes({ 'a.rego': block + rego, 'b.rego': `${block}package b` }, {})).to.deep.equal(['PolicyStatedTwice']);
  });

  it('refuses METADATA of a wrong type', () => {
    const block = (value: string) => `# METADATA\n# custom: {remora: {kinds: ${value}}}\n`;
    for (const value of ['1', 'true', '[1]', '{}', 'null', '']) {
      expect(codes({ 'owner.rego': block(value) + rego }, {}), value).to.deep.equal(['InvalidPolicy']);
    }
  });

  it('refuses a policy without Rego, without kinds, or with tests alone', () => {
    expect(codes({})).to.deep.equal(['PolicyIncomplete']);
    expect(codes({ 'parameters.yaml': 'a: 1' })).to.deep.equal(['PolicyIncomplete']);
    expect(codes({ 'owner_test.rego': rego })).to.deep.equal(['PolicyIncomplete']);
    expect(problems({ 'owner.rego': rego }, {})).to.deep.equal([
      'metadata.annotations[remora.dev/policy-kinds]: "nothing" is not valid: a comma-separated list of kinds such as Pod, ' +
        'apps/Deployment, apps/*, or *. [PolicyIncomplete]',
    ]);
  });

  it('refuses a label that is not true, more files than anybody writes, and names at most 50 problems', () => {
    expect(codes({ 'owner.rego': rego }, undefined, { labels: { 'remora.dev/policy': 'yes' } })).to.deep.equal([
      'InvalidPolicy',
    ]);
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`p${at}.rego`, rego]));
    expect(codes(many)).to.deep.equal(['InvalidPolicy']);
    const odd = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`p${at}.txt`, '']));
    expect(codes({ ...odd, 'owner.rego': rego })).to.have.length(50);
  });

  describe('with Gatekeeper’s documents', () => {
    const template = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: k8sowner }
spec:
  crd: { spec: { names: { kind: K8sOwner } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8sowner
        violation[{"msg": "no owner"}] { not input.review.object.metadata.labels.owner }
`;
    const constraint = `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sOwner
metadata: { name: owners }
spec: { match: { kinds: [{ apiGroups: [''], kinds: [Pod] }] } }
`;

    it('knows them by their keys', () => {
      const cases: readonly (readonly [readonly string[], boolean])[] = [
        [['template.yaml'], true],
        [['template.yml', 'constraint.yaml'], true],
        [['template.yaml', 'parameters.yaml'], true],
        [['owner.rego'], false],
        [['owner.rego', 'template.yaml'], false],
        [['parameters.yaml', 'parameters.schema.yaml'], false],
        [[], false],
      ];
      for (const [keys, wanted] of cases) {
        const data = Object.fromEntries(keys.map((key) => [key, '']));
        expect(isGatekeeper({ data }), keys.join()).to.equal(wanted);
      }
    });

    it('reads them, and how a failure ends', () => {
      const data = { 'template.yaml': template, 'constraint.yaml': constraint };
      const read = document(data, { 'policy-on-failure': 'deny' });
      expect(read).to.include({ kind: 'gatekeeper', onFailure: 'deny' });
      expect(read.kind === 'gatekeeper' && read.constraints.map(({ name }) => name)).to.deep.equal(['owners']);
      expect(document(data, {})).to.include({ onFailure: 'allow' });
    });

    it('refuses what only Rego’s own policies have, and reports theirs with it', () => {
      const found = codes(
        { 'template.yaml': template, 'constraint.yaml': constraint.replace('K8sOwner', 'K8sOwners'), notes: '' },
        { 'policy-kinds': 'Pod', 'policy-on-failure': 'x' },
      );
      expect(found).to.deep.equal(['UnknownPolicyKey', 'UnknownPolicyKey', 'InvalidPolicy', 'TemplateMissing']);
    });

    it('are nothing to a reader of Rego alone', () => {
      const read = readNativePolicy(configMap({ 'template.yaml': template }));
      expect(read.outcome === 'refused' && read.problems.map(({ code }) => code)).to.deep.equal([
        'UnknownPolicyKey',
        'PolicyIncomplete',
      ]);
    });
  });
});
