import type { ApiResource } from '../../../kube/discovery.ts';
import { nearestOf } from '../../../runtime/nearest.ts';
import type { Problem } from '../../../runtime/problem.ts';
import { shown } from '../../../runtime/problem.ts';
import type { InventoryKind } from '../../../settings/policies/types.ts';

/** What policies may know of the cluster, as the chart's `policies.readable` has it: `pods`, `apps/deployments`. */
export type Readable = readonly string[];

/** Whether `data.inventory` may hold a kind that is served. The chart makes the webhook's rights of the same list. */
export function isReadable({ group, plural }: Pick<ApiResource, 'group' | 'plural'>, readable: Readable): boolean {
  return readable.includes(group === '' ? plural : `${group}/${plural}`);
}

export function servedAs(kind: InventoryKind, served: readonly ApiResource[]): ApiResource | undefined {
  return served.find((each) => each.group === kind.group && each.version === kind.version && each.kind === kind.kind);
}

/**
 * Kinds that a policy wants in `data.inventory` and cannot have. Codes: `UnknownKind` where the API server does not serve
 * one, `InventoryNotReadable` where the chart does not list it; Secrets are never listed.
 */
export function unreadableKinds(
  kinds: readonly InventoryKind[],
  served: readonly ApiResource[],
  readable: Readable,
): readonly Problem[] {
  return kinds.flatMap((kind): readonly Problem[] => {
    const found = servedAs(kind, served);
    const problem = { field: 'inventory', value: shown(kindText(kind)) };
    if (found === undefined) {
      const nearest = nearestOf(kindText(kind), served.map(kindText));
      const allowed = 'a kind in a version that this API server serves, as kubectl api-resources lists them';
      return [{ code: 'UnknownKind', ...problem, allowed, ...(nearest === undefined ? {} : { nearest }) }];
    }
    if (isReadable(found, readable)) return [];
    const allowed = `what the chart's policies.readable lists: ${readable.join(', ')}`;
    return [{ code: 'InventoryNotReadable', ...problem, allowed }];
  });
}

export function kindText({ group, version, kind }: InventoryKind): string {
  return `${group === '' ? '' : `${group}/`}${version}/${kind}`;
}
