import type { ApiResource } from '../../kube/discovery.ts';

export type PolicyOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Of one policy, what it asks to be called for. Written by its author. */
export interface Asked {
  /** As Gatekeeper's `match.kinds`: `*` stands for all; the core group is ''. */
  readonly kinds: readonly { readonly apiGroups: readonly string[]; readonly kinds: readonly string[] }[];
  readonly operations: readonly PolicyOperation[];
  /** The policy stands in Remora's own namespace; only those see what has no namespace. */
  readonly isForAll: boolean;
}

/** One rule of a ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1 `RuleWithOperations`). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly ['*'];
  readonly resources: readonly string[];
  readonly operations: readonly PolicyOperation[];
  readonly scope: 'Namespaced' | 'Cluster';
}

/** The entries of `zz-remora` that are asked for policies. */
export type PolicyEntry =
  /** Writes in namespaces: fails as the chart says. */
  | 'namespaced.policies.remora.dev'
  /** Deletions in namespaces: Ignore, so that no namespace's deletion can be blocked. */
  | 'deletions.policies.remora.dev'
  /** What has no namespace: Ignore. */
  | 'cluster.policies.remora.dev';

export type PolicyRules = Readonly<Record<PolicyEntry, readonly Rule[]>>;

/** An image can be brought into a running pod by these; a policy for pods is asked about them too. */
const besides: Readonly<Record<string, readonly string[]>> = { '/pods': ['pods/ephemeralcontainers'] };

/** Written every few seconds by kubelets, controllers and leaders; never asked about. */
const neverAsked: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events', 'coordination.k8s.io/leases']);

/**
 * The fewest rules by which the API server asks for all that policies ask for. Kinds that are not served add nothing.
 * Equal input in any order gives equal rules, so that replicas agree.
 */
export function rulesOf(policies: readonly Asked[], served: readonly ApiResource[]): PolicyRules {
  const wanted = new Map<string, { resource: ApiResource; operations: Set<PolicyOperation> }>();
  for (const { kinds, operations, isForAll } of policies) {
    for (const resource of served) {
      const name = `${resource.group}/${resource.plural}`;
      if (neverAsked.has(name) || !kinds.some((selector) => selects(selector, resource))) continue;
      if (!resource.isNamespaced && !isForAll) continue;
      const known = wanted.get(name) ?? { resource, operations: new Set() };
      for (const operation of operations) known.operations.add(operation);
      wanted.set(name, known);
    }
  }
  const all = [...wanted.values()];
  const namespaced = all.filter(({ resource }) => resource.isNamespaced);
  const writes = (operation: PolicyOperation): boolean => operation !== 'DELETE';
  return {
    'namespaced.policies.remora.dev': gathered(namespaced, writes, 'Namespaced'),
    'deletions.policies.remora.dev': gathered(namespaced, (operation) => !writes(operation), 'Namespaced'),
    'cluster.policies.remora.dev': gathered(
      all.filter(({ resource }) => !resource.isNamespaced),
      () => true,
      'Cluster',
    ),
  };
}

function selects({ apiGroups, kinds }: Asked['kinds'][number], { group, kind }: ApiResource): boolean {
  return includes(apiGroups, group) && includes(kinds, kind);
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes('*') || names.includes(name);
}

/** One rule for each group and list of operations. */
function gathered(
  wanted: readonly { readonly resource: ApiResource; readonly operations: ReadonlySet<PolicyOperation> }[],
  isFor: (operation: PolicyOperation) => boolean,
  scope: Rule['scope'],
): readonly Rule[] {
  const rules = new Map<string, { group: string; operations: readonly PolicyOperation[]; resources: string[] }>();
  for (const { resource, operations: all } of wanted) {
    const operations = [...all].filter(isFor).sort();
    if (operations.length === 0) continue;
    const key = `${resource.group} ${operations.join(',')}`;
    const rule = rules.get(key) ?? { group: resource.group, operations, resources: [] };
    rule.resources.push(resource.plural);
    if (operations.some((operation) => operation === 'CREATE' || operation === 'UPDATE')) {
      rule.resources.push(...(besides[`${resource.group}/${resource.plural}`] ?? []));
    }
    rules.set(key, rule);
  }
  return [...rules.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { group, operations, resources }]) => ({
      apiGroups: [group],
      apiVersions: ['*'],
      resources: [...resources].sort(),
      operations,
      scope,
    }));
}
