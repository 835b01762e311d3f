import { expect } from 'chai';
import { readPolicy } from '../../../../settings/policies/document.ts';
import type { PolicyConfigMap } from '../../../../settings/policies/types.ts';

function configMap(more: Partial<PolicyConfigMap> = {}): PolicyConfigMap {
  return {
    namespace: 'shop',
    name: 'owners',
    labels: { 'remora.dev/policy': 'true' },
    annotations: { 'remora.dev/policy-kinds': 'Pod, apps/Deployment' },
    data: { 'owners.rego': 'package owners\n' },
    binaryKeys: [],
    ...more,
  };
}

function refused(more: Partial<PolicyConfigMap>): readonly string[] {
  const read = readPolicy(configMap(more));
  return read.outcome === 'refused' ? read.problems.map(({ field, nearest }) => [field, nearest].join(' ').trim()) : [];
}

describe('settings/policies/document', () => {
  it('reads annotations, Rego, tests and parameters', () => {
    const read = readPolicy(
      configMap({
        annotations: {
          'remora.dev/policy-kinds': 'Pod, apps/Deployment, *',
          'remora.dev/policy-selector': 'app=web,tier in (a,b),!canary,x!=y',
          'remora.dev/policy-operations': 'DELETE',
          'remora.dev/policy-enforcement': 'warn',
          'remora.dev/policy-inventory': 'v1/Service, networking.k8s.io/v1/Ingress',
          'remora.dev/policy-excluded-namespaces': 'kube-*, *-system',
          'example.com/other': 'is nobody’s business',
        },
        data: { 'b.rego': 'b', 'a.rego': 'a', 'a_test.rego': 't', 'parameters.yaml': 'max: 12345678901234567890\n' },
      }),
    );
    if (read.outcome === 'refused') throw new Error(JSON.stringify(read.problems));
    const { document } = read;
    expect(document).to.deep.include({
      operations: ['DELETE'],
      enforcement: 'warn',
      onFailure: 'allow',
      parameters: '{"max":12345678901234567890}',
      files: [
        { name: 'a.rego', text: 'a' },
        { name: 'b.rego', text: 'b' },
      ],
      tests: [{ name: 'a_test.rego', text: 't' }],
      inventory: [
        { group: '', version: 'v1', kind: 'Service' },
        { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
      ],
    });
    expect(document.match.kinds).to.deep.equal([
      { apiGroups: [''], kinds: ['Pod'] },
      { apiGroups: ['apps'], kinds: ['Deployment'] },
      { apiGroups: ['*'], kinds: ['*'] },
    ]);
    expect(document.match.labelSelector.matchExpressions).to.deep.equal([
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'canary', operator: 'DoesNotExist', values: [] },
      { key: 'x', operator: 'NotIn', values: ['y'] },
    ]);
    expect(document.match.excludedNamespaces).to.deep.equal(['kube-*', '*-system']);
  });

  it('reads the same from METADATA of the Rego, and refuses what is written twice', () => {
    const rego = '# METADATA\n# custom:\n#   remora:\n#     kinds: [Pod]\n#     enforcement: dryrun\npackage owners\n';
    const read = readPolicy(configMap({ annotations: {}, data: { 'owners.rego': rego } }));
    expect(read.outcome === 'parsed' && read.document.enforcement).to.equal('dryrun');
    expect(refused({ data: { 'owners.rego': rego } })).to.deep.equal(['owners.rego custom.remora.kinds']);
  });

  it('names every mistake at once, with the nearest spelling', () => {
    expect(
      refused({
        labels: { 'remora.dev/policy': 'yes' },
        annotations: {
          'remora.dev/policy-kinds': 'pod',
          'remora.dev/policy-enforcment': 'deny',
          'remora.dev/policy-enforcement': 'Deny',
          'remora.dev/policy-inventory': 'v1/Secret',
          'remora.dev/policy-selector': 'a b',
        },
        data: { 'parameter.yaml': '', 'a_test.rego': '' },
        binaryKeys: ['module'],
      }),
    ).to.have.members([
      'metadata.labels[remora.dev/policy] true',
      'metadata.annotations[remora.dev/policy-kinds]',
      'metadata.annotations[remora.dev/policy-enforcment] remora.dev/policy-enforcement',
      'metadata.annotations[remora.dev/policy-enforcement] deny',
      'metadata.annotations[remora.dev/policy-inventory]',
      'metadata.annotations[remora.dev/policy-selector]',
      'data[parameter.yaml] parameters.yaml',
      'binaryData[module]',
      'data',
    ]);
  });

  it('wants kinds, and YAML that is some', () => {
    expect(refused({ annotations: {} })).to.deep.equal(['metadata.annotations[remora.dev/policy-kinds]']);
    expect(refused({ data: { 'a.rego': 'a', 'parameters.yaml': 'a: [' } })).to.not.be.empty;
    expect(refused({ data: { 'a.rego': '# METADATA\n# custom: {remora: 1}\n' } })).to.not.be.empty;
  });
});
