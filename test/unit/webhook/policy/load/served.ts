import type { ApiResource } from '../../../../../kube/discovery.ts';
import type { Kinds } from '../../../../../kube/kinds.ts';
import type { PolicyConfigMap } from '../../../../../settings/policies/types.ts';

/** A kind as the API server lists it: `v1/Pod`, `apps/v1/Deployment`. */
export function resource(name: string, plural: string, isNamespaced = true): ApiResource {
  const [kind = '', version = '', group = ''] = name.split('/').reverse();
  return { group, version, plural, kind, isNamespaced };
}

/** A small cluster. */
export const served: readonly ApiResource[] = [
  resource('v1/Pod', 'pods'),
  resource('v1/Service', 'services'),
  resource('v1/Secret', 'secrets'),
  resource('v1/Namespace', 'namespaces', false),
  resource('apps/v1/Deployment', 'deployments'),
  resource('networking.k8s.io/v1/Ingress', 'ingresses'),
  resource('networking.k8s.io/v1/IngressClass', 'ingressclasses', false),
];

/** What an API server serves before, and after it was asked again. */
export function kindsOf(
  before: readonly ApiResource[] = served,
  after: readonly ApiResource[] = before,
): Pick<Kinds, 'served' | 'refresh'> & { readonly refreshes: number } {
  let refreshes = 0;
  return {
    get served() {
      return refreshes === 0 ? before : after;
    },
    get refreshes() {
      return refreshes;
    },
    refresh: () => {
      refreshes += 1;
      return Promise.resolve(after);
    },
  };
}

/** A policy ConfigMap of the namespace `shop`; annotations without their prefix. */
export function policyOf(
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): PolicyConfigMap {
  return {
    namespace: 'shop',
    name: 'owners',
    labels: { 'remora.dev/policy': 'true' },
    annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`remora.dev/${key}`, value])),
    data,
    binaryKeys: [],
  };
}
