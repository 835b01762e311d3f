import { isExcluded } from '../../../settings/scope.ts';
import type { Decision } from '../../admission/handler.ts';
import { decided } from '../../admission/handler.ts';
import { allowed } from '../../admission/response.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { informerWaitMs } from '../../admission/behind.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { answerVerdicts } from '../answer/answer.ts';
import type { Verdict } from '../answer/answer.ts';
import type { Pool } from '../evaluate/pool.ts';
import type { Item } from '../evaluate/protocol.ts';
import type { Inventory, InventoryData } from '../inventory/inventory.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { Evaluation } from '../types.ts';
import { objectsOf, reviewOf } from './review.ts';
import { select } from './selection.ts';
import type { Selected } from './selection.ts';
import { ownerOf } from './owner.ts';

export interface AdmitDependencies {
  readonly policies: () => readonly LoadedPolicy[];
  readonly pool: Pick<Pool, 'evaluate'>;
  readonly cluster: Pick<Cluster, 'awaitNamespace'>;
  readonly excludedNamespaces: readonly string[];
  readonly inventory: Pick<Inventory, 'dataOf'>;
  /** Called once for each request that is no dry run and that a policy looked at. */
  readonly observe: (request: AdmissionRequest, verdicts: readonly Verdict[]) => void;
}

/**
 * Judges a request by every policy that is for it: `/policies`, and what it says is what the API server answers.
 *
 * Nothing of kube-system or of Remora's own namespace is ever judged, whatever a configuration asks.
 */
export async function admit(request: AdmissionRequest, dependencies: AdmitDependencies): Promise<Decision> {
  const { cluster, excludedNamespaces, policies, observe } = dependencies;
  const isNamespace = request.resource.group === '' && request.resource.resource === 'namespaces';
  if (isExcluded(request.namespace ?? '', excludedNamespaces)) return decided(allowed());
  const namespace = isNamespace ? undefined : request.namespace;
  // A namespace that is not heard of in time has no labels, and what selects by labels then cannot be judged.
  const known =
    namespace === undefined ? undefined : await cluster.awaitNamespace(namespace, () => true, informerWaitMs);
  const subject = { objects: objectsOf(request), namespace: known };
  const selected = select(policies(), { operation: request.operation, namespace, subject });
  if (selected.length === 0) return decided(allowed());
  const evaluations = await evaluate(request, selected, dependencies);
  const verdicts = selected.map(({ policy, rule }, at): Verdict => ({
    policy: policy.name,
    enforcement: rule.enforcement,
    onFailure: policy.onFailure,
    evaluation: evaluations[at] ?? lost,
  }));
  if (!request.isDryRun) observe(request, verdicts);
  const response = answerVerdicts(verdicts);
  const subjectOfEvents = response.outcome === 'denied' ? ownerOf(request) : undefined;
  return { ...decided(response), ...(subjectOfEvents === undefined ? {} : { subject: subjectOfEvents }) };
}

const lost: Evaluation = { outcome: 'failed', code: 'PolicyBroken', message: 'was not answered' };

/** Evaluates what can be, in the order of `selected`; the review is written once for all of it. */
async function evaluate(
  request: AdmissionRequest,
  selected: readonly Selected[],
  { pool, inventory }: AdmitDependencies,
): Promise<readonly Evaluation[]> {
  const prepared = selected.map((one) => prepare(one, inventory));
  const items = prepared.flatMap((one) => (one.outcome === 'item' ? [one.item] : []));
  const answered = items.length === 0 ? [] : await pool.evaluate(JSON.stringify(reviewOf(request)), items);
  const rest = answered.values();
  return prepared.map((one) => (one.outcome === 'item' ? (rest.next().value ?? lost) : one));
}

type Prepared = { readonly outcome: 'item'; readonly item: Item } | (Evaluation & { readonly outcome: 'failed' });

function prepare(selected: Selected, inventory: AdmitDependencies['inventory']): Prepared {
  const { policy, rule } = selected;
  if (selected.outcome === 'failed') return { outcome: 'failed', code: 'PolicyBroken', message: selected.message };
  const data: InventoryData | undefined = policy.inventory.length === 0 ? undefined : inventory.dataOf(policy);
  if (data?.outcome === 'unknown') return { outcome: 'failed', code: 'PolicyBroken', message: data.message };
  const { module, entrypoint } = rule;
  const { input, parameters } = policy;
  return { outcome: 'item', item: { module, entrypoint, input, parameters, ...(data === undefined ? {} : { data }) } };
}
