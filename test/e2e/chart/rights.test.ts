import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { rightsOf, textOf, type Rule } from '../../rights/rights.ts';
import { ofKind, render } from '../../unit/manifests/chart/helm.ts';
import { describeOnCluster } from '../harness/suite.ts';

interface TableRule extends Rule {
  readonly scope: string;
}

/** SelfSubjectRulesReview (authorization.k8s.io/v1): what the API server itself says that someone may do. */
interface Review {
  readonly status: { readonly resourceRules: readonly Rule[]; readonly incomplete: boolean };
}

const table = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'rbac.json'), 'utf8'),
) as Readonly<Record<string, readonly TableRule[]>>;

function textsOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(rightsOf(rules).map(textOf));
}

describeOnCluster('chart rights', (suite) => {
  const release = 'remora-system';

  /** What the API server says of an account in a namespace, without what it lets everyone do. */
  function answered(account: string, namespace: string): ReadonlySet<string> {
    const ask = (name: string): ReadonlySet<string> => {
      const user = `system:serviceaccount:${release}:${name}`;
      const object = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      };
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${release}`, 'system:authenticated'];
      const impersonate = ['--as', user, ...groups.flatMap((group) => ['--as-group', group])];
      const text = create(object, '--raw', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', ...impersonate);
      return textsOf((JSON.parse(text) as Review).status.resourceRules);
    };
    const everyone = ask('nobody');
    return new Set([...ask(account)].filter((right) => !everyone.has(right)));
  }

  function create(object: unknown, ...words: readonly string[]): string {
    const [kubectl = '', ...own] = suite.cluster.kubectlCommand;
    const done = spawnSync(kubectl, [...own, 'create', '-f', '-', ...words], {
      input: JSON.stringify(object),
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout;
  }

  before(async () => {
    // The roles alone, by another name than Helm's, so that a release of another suite is not touched.
    suite.observeNamespace(release);
    await suite.cluster.kubectl('create', 'namespace', release).catch(() => '');
    const kinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
    const objects = await render();
    for (const kind of kinds) {
      for (const object of ofKind(objects, kind)) create(object);
    }
  });

  after(async () => {
    const selector = ['-l', 'app.kubernetes.io/part-of=remora'];
    await suite.cluster.kubectl('delete', 'clusterrole,clusterrolebinding', ...selector);
    await suite.cluster.kubectl('delete', 'namespace', release);
  });

  it('are those of the checked table, in every namespace and in its own, and no more', () => {
    expect(Object.keys(table)).to.have.members(['remora-webhook', 'remora-control', 'remora-uninstall']);
    for (const [account, rules] of Object.entries(table)) {
      const clusterWide = textsOf(rules.filter(({ scope }) => scope === 'cluster'));
      expect([...answered(account, suite.namespace)], account).to.have.members([...clusterWide]);
      expect([...answered(account, release)], account).to.have.members([...textsOf(rules)]);
    }
  });

  it('are none for the collector', () => {
    expect([...answered('remora-collector', release)]).to.deep.equal([]);
  });
});
