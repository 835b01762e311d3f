import type { ApiResource } from '../../../kube/discovery.ts';
import { matchesKind } from '../../../settings/policies/match.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';

/** A kind that is read, and the policies that are asked about its objects. */
export interface Target {
  readonly type: ApiResource;
  readonly policies: readonly LoadedPolicy[];
}

/** Why the audit has no answer, or not the whole of it, for a policy. */
export interface AuditProblem {
  /**
   * `AuditNotReadable`, `AuditSecrets`, `AuditOperation`: by what the policy is for.
   * `AuditListFailed`, `AuditInventory`, `AuditLeftOut`: by what came between.
   * `PolicyTimeout`, `PolicyMemory`, `PolicyOutput`, `PolicyBroken`: by the policy itself.
   */
  readonly code: string;
  readonly message: string;
}

export interface Targets {
  readonly targets: readonly Target[];
  readonly problems: ReadonlyMap<LoadedPolicy, readonly AuditProblem[]>;
}

/**
 * Which kinds are read for which policies: those that a policy matches, that the API server serves and that
 * `policies.readable` names; never Secrets. A policy that is not asked at CREATE has nothing to say of what exists.
 */
export function targetsOf(
  policies: readonly LoadedPolicy[],
  served: readonly ApiResource[],
  isReadable: (type: ApiResource) => boolean,
): Targets {
  // Of a group the preferred version comes first, and its objects are those of the other versions.
  const kinds = [...new Map(served.toReversed().map((type) => [nameOf(type), type])).values()];
  const matched = new Map(policies.map((policy) => [policy, kinds.filter((type) => isFor(policy, type))]));
  const targets = kinds
    .filter((type) => !isSecret(type) && isReadable(type))
    .map((type) => ({ type, policies: policies.filter((policy) => matched.get(policy)?.includes(type)) }))
    .filter((target) => target.policies.length > 0)
    .sort((left, right) => (nameOf(left.type) < nameOf(right.type) ? -1 : 1));
  const problems = policies.map((policy) => [policy, gaps(policy, matched.get(policy) ?? [], isReadable)] as const);
  return { targets, problems: new Map(problems) };
}

function isFor(policy: LoadedPolicy, type: ApiResource): boolean {
  return (
    policy.operations.includes('CREATE') &&
    (policy.isForAll || type.isNamespaced) &&
    matchesKind(policy.match.kinds, type)
  );
}

function gaps(
  { operations }: LoadedPolicy,
  matched: readonly ApiResource[],
  isReadable: (type: ApiResource) => boolean,
): readonly AuditProblem[] {
  if (!operations.includes('CREATE')) {
    const message = `it is for ${operations.join(', ')} and not for CREATE, so that it says nothing of what exists`;
    return [{ code: 'AuditOperation', message }];
  }
  const secrets = matched.some(isSecret);
  const unread = matched.filter((type) => !isSecret(type) && !isReadable(type)).map(nameOf);
  return [
    ...(secrets ? [{ code: 'AuditSecrets', message: 'Secrets are never audited' }] : []),
    ...(unread.length === 0
      ? []
      : [{ code: 'AuditNotReadable', message: `${listed(unread)}: not in policies.readable of the chart` }]),
  ];
}

const shownKinds = 5;

function listed(names: readonly string[]): string {
  const rest = names.length - shownKinds;
  return `${names.toSorted().slice(0, shownKinds).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function isSecret({ group, kind }: ApiResource): boolean {
  return group === '' && kind === 'Secret';
}

/** `Pod`, `apps/Deployment`. */
function nameOf({ group, kind }: ApiResource): string {
  return group === '' ? kind : `${group}/${kind}`;
}
