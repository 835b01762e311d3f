/** A rule of a Role or ClusterRole (rbac.authorization.k8s.io/v1 PolicyRule). */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  /** Absent or empty: objects of every name. */
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** The smallest part of a rule that can be granted by itself. */
export type Right =
  | {
      readonly verb: string;
      /** '' is the core group. */
      readonly group: string;
      /** With its subresource: `pods`, `deployments/scale`. */
      readonly resource: string;
      /** Undefined: objects of every name. */
      readonly name: string | undefined;
    }
  | { readonly verb: string; readonly path: string };

/** `patch /configmaps/remora-images`, `list apps/deployments/*`, `get path /metrics`: equal texts are equal rights. */
export function textOf(right: Right): string {
  if ('path' in right) return `${right.verb} path ${right.path}`;
  const { verb, group, resource, name } = right;
  return `${verb} ${group}/${resource}/${name ?? '*'}`;
}

/** Every single right of the rules, each once, in their order. */
export function rightsOf(rules: readonly Rule[]): readonly Right[] {
  return [...new Map(rules.flatMap(partsOf).map((right) => [textOf(right), right])).values()];
}

/** Rules that grant all of `rules` but one right: a rule that grants it is taken apart, the others stay as they are. */
export function withoutRight(rules: readonly Rule[], right: Right): readonly Rule[] {
  const isRight = (part: Right): boolean => textOf(part) === textOf(right);
  return rules.flatMap((rule) => {
    const parts = partsOf(rule);
    return parts.some(isRight) ? parts.filter((part) => !isRight(part)).map(ruleOf) : [rule];
  });
}

/** The rule that grants one right and no other. */
export function ruleOf(right: Right): Rule {
  if ('path' in right) return { nonResourceURLs: [right.path], verbs: [right.verb] };
  const { verb, group, resource, name } = right;
  const names = name === undefined ? {} : { resourceNames: [name] };
  return { apiGroups: [group], resources: [resource], ...names, verbs: [verb] };
}

function partsOf({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: Rule): Right[] {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) => names.flatMap((name) => verbs.map((verb) => ({ verb, group, resource, name })))),
    ),
    ...nonResourceURLs.flatMap((path) => verbs.map((verb) => ({ verb, path }))),
  ];
}
