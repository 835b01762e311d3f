import type { KubeClient, KubeObject, ResourceType } from '../../../../kube/types.ts';
import { rightsOf, textOf, type Right, type Rule } from '../../../rights/rights.ts';
import { valueOf } from './outcome.ts';

/** One right, whom it is given to, and by which role. */
export interface Grant {
  /** Name of a ServiceAccount of Remora's namespace, or of a group that holds them. */
  readonly account: string;
  readonly right: Right;
  /** The namespace that it holds in; undefined: all of the cluster. */
  readonly scope: string | undefined;
  readonly role: RoleAddress;
}

export interface RoleAddress {
  readonly kind: 'ClusterRole' | 'Role';
  readonly name: string;
  readonly namespace?: string;
}

export interface Role extends KubeObject {
  readonly rules?: readonly Rule[] | null;
}

interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: RoleAddress['kind']; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

const rbac = (plural: string): ResourceType => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural });
export const roleTypes = { ClusterRole: rbac('clusterroles'), Role: rbac('roles') } as const;

/** `remora-control: get /secrets/remora-ca in remora-system`, `remora-control: list /nodes/* everywhere`. */
export function grantText({ account, right, scope }: Pick<Grant, 'account' | 'right' | 'scope'>): string {
  return `${account}: ${textOf(right)} ${scope === undefined ? 'everywhere' : `in ${scope}`}`;
}

/** Everything that the ServiceAccounts of a namespace are granted, whoever granted it and wherever. */
export async function grantsOf(client: KubeClient, namespace: string): Promise<readonly Grant[]> {
  const [everywhere, within] = await Promise.all([
    client.list<Binding>(rbac('clusterrolebindings')),
    client.list<Binding>(rbac('rolebindings')),
  ]);
  const bindings = [...valueOf(everywhere).items, ...valueOf(within).items];
  const granted = bindings.flatMap((binding) =>
    accountsOf(binding, namespace).map((account) => ({ account, binding })),
  );
  const grants = await Promise.all(
    granted.map(async ({ account, binding }) => {
      const scope = binding.metadata.namespace;
      const { kind, name } = binding.roleRef;
      const role: RoleAddress =
        kind === 'Role' && scope !== undefined ? { kind, name, namespace: scope } : { kind, name };
      const { rules } = valueOf(await client.get<Role>(roleTypes[kind], role));
      return rightsOf(rules ?? []).map((right) => ({ account, right, scope, role }));
    }),
  );
  return grants.flat();
}

function accountsOf({ subjects = [] }: Binding, namespace: string): readonly string[] {
  return subjects
    .filter((subject) =>
      subject.kind === 'ServiceAccount'
        ? subject.namespace === namespace
        : subject.kind === 'Group' && subject.name === `system:serviceaccounts:${namespace}`,
    )
    .map(({ name }) => name);
}
