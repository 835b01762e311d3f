import { expect } from 'chai';
import type { ApiResource } from '../../../../../kube/discovery.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import type { KindSelector } from '../../../../../settings/policies/types.ts';
import { targetsOf } from '../../../../../webhook/policy/audit/targets.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { loadedPolicy } from '../loaded.ts';

const type = (group: string, kind: string, isNamespaced = true, version = 'v1'): ApiResource => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  isNamespaced,
});
const served = [
  type('', 'Pod'),
  type('', 'Secret'),
  type('', 'Node', false),
  type('apps', 'Deployment'),
  type('autoscaling', 'Scaler', true, 'v2'),
  type('autoscaling', 'Scaler', true, 'v1'),
];
const readable =
  (...kinds: readonly string[]) =>
  ({ kind }: ApiResource) =>
    kinds.includes(kind);
const policy = (kinds: readonly KindSelector[], more: Partial<LoadedPolicy> = {}): LoadedPolicy =>
  loadedPolicy({ namespace: 'remora-system', name: 'p' }, { isForAll: true, match: { ...matchAll, kinds }, ...more });
const kinds = (...names: readonly string[]): KindSelector => ({ apiGroups: ['*'], kinds: names });

describe('policy/audit/targets', () => {
  const of = (each: LoadedPolicy, ...names: readonly string[]) => {
    const { targets, problems } = targetsOf([each], served, readable(...names));
    return [targets.map((target) => `${target.type.kind}.${target.type.version}`), problems.get(each)];
  };

  it('reads the kinds that a policy is for, in the version that the API server prefers', () => {
    expect(of(policy([kinds('Pod', 'Scaler')]), 'Pod', 'Node', 'Scaler')).to.deep.equal([['Pod.v1', 'Scaler.v2'], []]);
  });

  it('shares one reading among the policies of a kind', () => {
    const [a, b] = [policy([kinds('Pod')]), policy([kinds('Pod', 'Node')])];
    const { targets } = targetsOf([a, b], served, readable('Pod', 'Node'));
    expect(targets.map(({ type: { kind }, policies }) => [kind, policies])).to.deep.equal([
      ['Node', [b]],
      ['Pod', [a, b]],
    ]);
  });

  it('says which kinds are not in policies.readable, and reads the others', () => {
    expect(of(policy([kinds('Pod', 'Deployment')]), 'Pod')).to.deep.equal([
      ['Pod.v1'],
      [{ code: 'AuditNotReadable', message: 'apps/Deployment: not in policies.readable of the chart' }],
    ]);
  });

  it('never reads Secrets, also where they were readable, and not for a policy that is for everything', () => {
    expect(of(policy([]), 'Secret')[0]).to.deep.equal([]);
    expect(of(policy([kinds('Secret')]), 'Secret')).to.deep.equal([
      [],
      [{ code: 'AuditSecrets', message: 'Secrets are never audited' }],
    ]);
  });

  it('names few of many kinds', () => {
    const many = Array.from({ length: 12 }, (_, at) => type('x.dev', `Kind${String.fromCharCode(65 + at)}`));
    const each = policy([{ apiGroups: ['x.dev'], kinds: ['*'] }]);
    expect(targetsOf([each], many, () => false).problems.get(each)?.[0]?.message).to.equal(
      'x.dev/KindA, x.dev/KindB, x.dev/KindC, x.dev/KindD, x.dev/KindE and 7 more: not in policies.readable of the chart',
    );
  });

  it('asks a namespace’s policy about nothing outside of namespaces, which is no gap', () => {
    expect(of(policy([kinds('Node')], { isForAll: false }), 'Pod')).to.deep.equal([[], []]);
    expect(of(policy([kinds('Node')]), 'Node')).to.deep.equal([['Node.v1'], []]);
  });

  it('leaves out a policy that is not asked when objects are created', () => {
    expect(of(policy([kinds('Pod')], { operations: ['UPDATE', 'DELETE'] }), 'Pod')).to.deep.equal([
      [],
      [
        {
          code: 'AuditOperation',
          message: 'it is for UPDATE, DELETE and not for CREATE, so that it says nothing of what exists',
        },
      ],
    ]);
  });
});
