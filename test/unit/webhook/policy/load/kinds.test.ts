import { expect } from 'chai';
import { describeProblem } from '../../../../../runtime/problem.ts';
import { readPolicy } from '../../../../../settings/policies/document.ts';
import { unknownKinds } from '../../../../../webhook/policy/load/kinds.ts';
import { writtenConstraint, writtenTemplate } from '../../../settings/policies/gatekeeper/write.ts';
import { policyOf, served } from './served.ts';

const rego = 'package shop\n\ndeny contains "no" if input.object.x\n';

function problems(data: Readonly<Record<string, string>>, kinds?: string): readonly string[] {
  const read = readPolicy(policyOf(data, kinds === undefined ? {} : { 'policy-kinds': kinds }));
  if (read.outcome === 'refused') throw new Error(read.problems.map(describeProblem).join());
  return unknownKinds(read.document, served).map(
    ({ value, nearest }) => `${value}${nearest === undefined ? '' : ` -> ${nearest}`}`,
  );
}

describe('policy/load: kinds that a policy is for', () => {
  const table: readonly (readonly [kinds: string, unknown: readonly string[]])[] = [
    ['Pod', []],
    ['apps/Deployment', []],
    ['*', []],
    ['*/Deployment', []],
    ['apps/*', []],
    ['Pod,apps/Deployment,Namespace', []],
    ['Pods', ['Pods -> Pod']],
    ['Deployment', ['Deployment -> apps/Deployment']],
    ['apps/Pod', ['apps/Pod -> Pod']],
    ['apps/Deploment', ['apps/Deploment -> Deployment']],
    ['stable.example.com/Thing', ['stable.example.com/Thing']],
    ['Pod,Nothing,apps/Nothing', ['Nothing', 'apps/Nothing']],
  ];
  for (const [kinds, unknown] of table) {
    it(`${kinds}: ${unknown.length === 0 ? 'all are served' : `not served: ${unknown.join(', ')}`}`, () => {
      expect(problems({ 'a.rego': rego }, kinds)).to.deep.equal(unknown);
    });
  }

  it('has the code UnknownKind, and says where the list of kinds comes from', () => {
    const read = readPolicy(policyOf({ 'a.rego': rego }, { 'policy-kinds': 'Pods' }));
    if (read.outcome === 'refused') throw new Error('refused');
    expect(unknownKinds(read.document, served)).to.deep.equal([
      {
        code: 'UnknownKind',
        field: 'match.kinds',
        value: 'Pods',
        allowed: 'a kind that this API server serves, as kubectl api-resources lists them',
        nearest: 'Pod',
      },
    ]);
  });

  it('looks at the kinds of every constraint', () => {
    const match = (apiGroups: readonly string[], kinds: readonly string[]): object => ({
      match: { kinds: [{ apiGroups, kinds }] },
    });
    const constraints = [
      writtenConstraint(match([''], ['Pod', 'Pot']), 'one'),
      writtenConstraint(match(['apps', 'extensions'], ['Deployment']), 'two'),
      writtenConstraint(match(['*'], ['Gone']), 'three'),
      writtenConstraint({}, 'four'),
    ];
    const yaml = [writtenTemplate(), ...constraints].join('---\n');
    expect(problems({ 'policy.yaml': yaml })).to.deep.equal(['Pot -> Pod', '*/Gone']);
  });
});
