import type { KubeClient, KubeFailure, ResourceType } from './types.ts';

/** One kind that an API server serves, in one of its versions. */
export interface ApiResource extends ResourceType {
  readonly kind: string;
  readonly isNamespaced: boolean;
}

export type Discovery =
  | {
      readonly outcome: 'discovered';
      /** In the API server's order; of a group its preferred version comes first. */
      readonly resources: readonly ApiResource[];
      /** Group versions that did not answer, as those of an aggregated API server that is away. */
      readonly missing: readonly string[];
    }
  | KubeFailure;

interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly versions?: readonly { readonly version: string }[];
    readonly preferredVersion?: { readonly version: string };
  }[];
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced?: boolean }[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/**
 * Asks an API server which kinds it serves: `/api/v1`, `/apis`, then each group version. Subresources are left out.
 *
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export async function discover(client: Pick<KubeClient, 'raw'>): Promise<Discovery> {
  const groups = await client.raw<GroupList>('/apis');
  if (groups.outcome === 'failed') return groups;
  const found = await Promise.all(
    [{ group: '', version: 'v1' }, ...groupVersions(groups.value)].map(async (of) => ({
      of,
      list: await client.raw<ResourceList>(of.group === '' ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`),
    })),
  );
  const [core] = found;
  if (core?.list.outcome === 'failed') return core.list;
  return {
    outcome: 'discovered',
    resources: found.flatMap(({ of, list }) => (list.outcome === 'ok' ? resourcesOf(of, list.value) : [])),
    missing: found.filter(({ list }) => list.outcome === 'failed').map(({ of }) => `${of.group}/${of.version}`),
  };
}

function groupVersions({ groups = [] }: GroupList): readonly GroupVersion[] {
  return groups.flatMap(({ name, versions = [], preferredVersion }) => {
    const isPreferred = ({ version }: { readonly version: string }): boolean => version === preferredVersion?.version;
    const ordered = [...versions.filter(isPreferred), ...versions.filter((version) => !isPreferred(version))];
    return ordered.map(({ version }) => ({ group: name, version }));
  });
}

function resourcesOf({ group, version }: GroupVersion, { resources = [] }: ResourceList): readonly ApiResource[] {
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced }) => ({ group, version, plural: name, kind, isNamespaced: namespaced === true }));
}
