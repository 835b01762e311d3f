import type { ApiResource } from '../../../kube/discovery.ts';
import type { KubeClient, KubeFailure, KubeObject } from '../../../kube/types.ts';
import type { Timer } from '../../../runtime/clock.ts';
import { injectLabel } from '../../../settings/namespace.ts';
import { isNamespace } from '../../../settings/policies/object.ts';
import { isExcluded } from '../../../settings/scope.ts';
import type { NamespaceFacts } from '../../../settings/types.ts';
import { fieldsOf } from '../../admission/metadata.ts';
import type { PolicyName, Verdict } from '../answer/answer.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { Budget } from './budget.ts';
import { createTally, keptOfEach } from './findings.ts';
import type { AuditedObject, Findings, Tally } from './findings.ts';
import type { Judge } from './judge.ts';
import { requestOfObject } from './request.ts';
import { targetsOf } from './targets.ts';
import type { AuditProblem } from './targets.ts';

export interface RoundSources {
  readonly client: Pick<KubeClient, 'pages'>;
  /** Kinds that the API server serves; empty until it was asked. */
  readonly kinds: { readonly served: readonly ApiResource[] };
  /** Whether `policies.readable` of the chart names the kind, and so the webhook may list it. */
  readonly isReadable: (type: ApiResource) => boolean;
  readonly namespaces: () => Iterable<NamespaceFacts>;
  readonly excludedNamespaces: readonly string[];
  readonly inventory: Pick<Inventory, 'dataOf'>;
  readonly judge: Judge;
  readonly budget: Budget;
  readonly timer: Timer;
}

export interface RoundHooks {
  /** Whether a policy is still what it was when the round began; one that is not is asked no further. */
  readonly isCurrent: (key: string) => boolean;
  /** Called after each object, for what is more urgent. */
  readonly between: () => Promise<void>;
}

export interface Round {
  readonly findings: ReadonlyMap<string, Findings>;
  /** What could not be audited yet, and may be in a moment: nothing was asked of these policies. */
  readonly postponed: ReadonlyMap<string, AuditProblem>;
  /** Objects that were looked at. */
  readonly objects: number;
}

/**
 * Asks policies (by their keys) about every object that exists, of the kinds that they match: page by page, object by
 * object, within the budget. Objects in namespaces are read where the namespace is labelled; a policy of one namespace is
 * asked about that one only. Nothing of excluded namespaces, no Secret, and nothing that is being deleted is looked at.
 *
 * Never rejects; what the API server or a policy does not answer is a problem in the findings.
 */
export async function auditRound(
  asked: ReadonlyMap<string, LoadedPolicy>,
  sources: RoundSources,
  hooks: RoundHooks,
  signal: AbortSignal,
): Promise<Round> {
  const { client, kinds, budget, timer, judge, excludedNamespaces } = sources;
  const postponed = postpone(asked, sources);
  const ready = new Map([...asked].filter(([key]) => !postponed.has(key)));
  const { targets, problems } = targetsOf([...ready.values()], kinds.served, sources.isReadable);
  const [maxKept, startedAt] = [keptOfEach(asked.size), timer.now()];
  const tallies = new Map<string, Tally>(
    [...ready].map(([key, policy]) => [
      key,
      createTally({ policy: key, problems: problems.get(policy) ?? [], maxKept, startedAt }),
    ]),
  );
  const keys = new Map([...ready].map(([key, policy]) => [policy, key]));
  const namespaces = [...sources.namespaces()]
    .filter(({ name, labels }) => labels[injectLabel] === 'enabled' && !isExcluded(name, excludedNamespaces))
    .map(({ name }) => name)
    .sort();
  let objects = 0;

  const tallyOf = (policy: LoadedPolicy): Tally | undefined => tallies.get(keys.get(policy) ?? '');
  const isAsked = (policy: LoadedPolicy): boolean =>
    hooks.isCurrent(keys.get(policy) ?? '') && tallyOf(policy)?.isGivenUp === false;

  const look = async (listed: KubeObject, type: ApiResource, policies: readonly LoadedPolicy[]): Promise<void> => {
    const { name = '', deletionTimestamp } = listed.metadata;
    if (deletionTimestamp !== undefined) return;
    if (isNamespace(type) && isExcluded(name, excludedNamespaces)) return;
    objects += 1;
    const verdicts = await judge(requestOfObject(listed, type), policies);
    const object = auditedObject(listed, type);
    for (const policy of policies) {
      tallyOf(policy)?.add(
        object,
        verdicts.filter((verdict) => isOf(verdict, policy.name)),
      );
    }
  };

  const read = async (type: ApiResource, namespace: string | undefined, policies: readonly LoadedPolicy[]) => {
    const here = policies.filter(({ isForAll, name }) => isForAll || name.namespace === namespace);
    if (!here.some(isAsked)) return;
    budget.begin();
    for await (const page of client.pages(type, namespace === undefined ? {} : { namespace })) {
      if (page.outcome === 'failed') {
        // A kind that is no longer served has no objects.
        if (page.code === 'NotFound') return;
        for (const policy of here) tallyOf(policy)?.miss(unlisted(type, namespace, page));
        return;
      }
      for (const object of page.value.items) {
        if (signal.aborted) return;
        const current = here.filter(isAsked);
        if (current.length === 0) return;
        await look(object, type, current);
        await budget.pause(signal);
        await hooks.between();
      }
    }
  };

  for (const { type, policies } of targets) {
    for (const namespace of type.isNamespaced ? namespaces : [undefined]) {
      if (!signal.aborted) await read(type, namespace, policies);
    }
  }
  const endedAt = timer.now();
  const findings = [...tallies].map(([key, tally]) => [key, tally.finish(endedAt)] as const);
  return { findings: new Map(findings), postponed, objects };
}

/** The judge hands on the policy's own name; titles alone may repeat. */
function isOf({ policy }: Verdict, name: PolicyName): boolean {
  return policy === name;
}

function postpone(
  asked: ReadonlyMap<string, LoadedPolicy>,
  { kinds, inventory }: RoundSources,
): ReadonlyMap<string, AuditProblem> {
  const areKindsKnown = kinds.served.length > 0;
  return new Map(
    [...asked].flatMap(([key, policy]): readonly (readonly [string, AuditProblem])[] => {
      if (!areKindsKnown) {
        return [[key, { code: 'AuditListFailed', message: 'which kinds the API server serves is not known yet' }]];
      }
      const data = policy.inventory.length === 0 ? undefined : inventory.dataOf(policy);
      return data?.outcome === 'unknown' ? [[key, { code: 'AuditInventory', message: data.message }]] : [];
    }),
  );
}

function unlisted(
  { plural }: ApiResource,
  namespace: string | undefined,
  { code, message }: KubeFailure,
): AuditProblem {
  const where = namespace === undefined ? plural : `${plural} of ${namespace}`;
  return { code: 'AuditListFailed', message: `${where} could not be listed: ${code}: ${message}` };
}

function auditedObject({ metadata }: KubeObject, { group, kind }: ApiResource): AuditedObject {
  const { name = '', namespace = '' } = metadata;
  const owners = fieldsOf(metadata)['ownerReferences'];
  const controller = Array.isArray(owners)
    ? owners.map(fieldsOf).find((owner) => owner['controller'] === true)
    : undefined;
  return {
    kind: group === '' ? kind : `${group}/${kind}`,
    namespace,
    name,
    owner: controller === undefined ? '' : `${String(controller['kind'])}/${String(controller['name'])}`,
  };
}
