import { objectsOf } from '../../../settings/policies/gatekeeper/review.ts';
import { informerWaitMs } from '../../admission/behind.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Verdict } from '../answer/answer.ts';
import type { Pool } from '../evaluate/pool.ts';
import type { Item } from '../evaluate/protocol.ts';
import type { Inventory, InventoryData } from '../inventory/inventory.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { Evaluation } from '../types.ts';
import { reviewOf } from './review.ts';
import { select } from './selection.ts';
import type { Selected } from './selection.ts';

export interface JudgeDependencies {
  readonly pool: Pick<Pool, 'evaluate'>;
  readonly cluster: Pick<Cluster, 'awaitNamespace'>;
  readonly inventory: Pick<Inventory, 'dataOf'>;
}

/**
 * What each rule that is for a request says of it, in the order of `policies`; none when no policy is for it.
 *
 * Admission, audit and replay ask here, so that all three say the same of one object. Never rejects for what a policy
 * does. Whether the request is of an excluded namespace is the caller's to know.
 */
export async function judge(
  request: AdmissionRequest,
  policies: readonly LoadedPolicy[],
  dependencies: JudgeDependencies,
): Promise<readonly Verdict[]> {
  const isNamespace = request.resource.group === '' && request.resource.resource === 'namespaces';
  const namespace = isNamespace ? undefined : request.namespace;
  // A namespace that is not heard of in time has no labels, and what selects by labels then cannot be judged.
  const known =
    namespace === undefined
      ? undefined
      : await dependencies.cluster.awaitNamespace(namespace, () => true, informerWaitMs);
  const subject = { objects: objectsOf(request.source), namespace: known };
  const selected = select(policies, { operation: request.operation, namespace, subject });
  const evaluations = await evaluate(request, selected, dependencies);
  return selected.map(({ policy, rule }, at): Verdict => ({
    policy: policy.name,
    enforcement: rule.enforcement,
    onFailure: policy.onFailure,
    evaluation: evaluations[at] ?? lost,
  }));
}

const lost: Evaluation = { outcome: 'failed', code: 'PolicyBroken', message: 'was not answered' };

/** Evaluates what can be, in the order of `selected`; the review is written once for all of it. */
async function evaluate(
  request: AdmissionRequest,
  selected: readonly Selected[],
  { pool, inventory }: JudgeDependencies,
): Promise<readonly Evaluation[]> {
  const prepared = selected.map((one) => prepare(one, inventory));
  const items = prepared.flatMap((one) => (one.outcome === 'item' ? [one.item] : []));
  const answered = items.length === 0 ? [] : await pool.evaluate(JSON.stringify(reviewOf(request)), items);
  const rest = answered.values();
  return prepared.map((one) => (one.outcome === 'item' ? (rest.next().value ?? lost) : one));
}

type Prepared = { readonly outcome: 'item'; readonly item: Item } | (Evaluation & { readonly outcome: 'failed' });

function prepare(selected: Selected, inventory: JudgeDependencies['inventory']): Prepared {
  const { policy, rule } = selected;
  if (selected.outcome === 'failed') return { outcome: 'failed', code: 'PolicyBroken', message: selected.message };
  const data: InventoryData | undefined = policy.inventory.length === 0 ? undefined : inventory.dataOf(policy);
  if (data?.outcome === 'unknown') return { outcome: 'failed', code: 'PolicyBroken', message: data.message };
  const { module, entrypoint } = rule;
  const { input, parameters } = policy;
  return { outcome: 'item', item: { module, entrypoint, input, parameters, ...(data === undefined ? {} : { data }) } };
}
