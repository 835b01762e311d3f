/** One object of the inventory, as its JSON text. */
export interface Entry {
  /** '' for what has no namespace. */
  readonly namespace: string;
  /** `v1`, `networking.k8s.io/v1`. */
  readonly groupVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly json: string;
}

/** A Map, for an object may be called `__proto__`. */
type Tree = Map<string, Tree | string>;

/**
 * `data.inventory` as Gatekeeper lays it out, in `{"inventory": …}`:
 * `cluster[groupVersion][kind][name]` and `namespace[namespace][groupVersion][kind][name]`.
 *
 * https://open-policy-agent.github.io/gatekeeper/website/docs/sync
 */
export function inventoryJson(entries: Iterable<Entry>): string {
  const cluster: Tree = new Map();
  const namespaces: Tree = new Map();
  for (const { namespace, groupVersion, kind, name, json } of entries) {
    const path = [groupVersion, kind];
    const branch = namespace === '' ? branchOf(cluster, path) : branchOf(namespaces, [namespace, ...path]);
    branch.set(name, json);
  }
  return `{"inventory":{"cluster":${written(cluster)},"namespace":${written(namespaces)}}}`;
}

function branchOf(tree: Tree, path: readonly string[]): Tree {
  return path.reduce((branch, key) => {
    const known = branch.get(key);
    if (known instanceof Map) return known;
    const made: Tree = new Map();
    branch.set(key, made);
    return made;
  }, tree);
}

function written(tree: Tree): string {
  const parts = [...tree].map(([key, of]) => `${JSON.stringify(key)}:${of instanceof Map ? written(of) : of}`);
  return `{${parts.join(',')}}`;
}
