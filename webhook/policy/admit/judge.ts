import { isRecord } from '../../../settings/policies/field.ts';
import { expand, impliedMessage } from '../../../settings/policies/gatekeeper/expand.ts';
import type { Resultant } from '../../../settings/policies/gatekeeper/expand.ts';
import { writeReview } from '../../../settings/policies/gatekeeper/json.ts';
import { objectsOf, reviewOfObject, reviewOfRequest } from '../../../settings/policies/gatekeeper/review.ts';
import type { KubeObject } from '../../../settings/policies/object.ts';
import type { NamespaceFacts } from '../../../settings/types.ts';
import { informerWaitMs } from '../../admission/behind.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Verdict } from '../answer/answer.ts';
import type { Pool } from '../evaluate/pool.ts';
import type { Item } from '../evaluate/protocol.ts';
import type { Inventory, InventoryData } from '../inventory/inventory.ts';
import type { LoadedExpansion, LoadedPolicy } from '../registry/loaded.ts';
import type { Evaluation } from '../types.ts';
import { reviewOf } from './review.ts';
import { isWithin, select } from './selection.ts';
import type { Asked, Selected } from './selection.ts';

export interface JudgeDependencies {
  readonly pool: Pick<Pool, 'evaluate'>;
  readonly cluster: Pick<Cluster, 'awaitNamespace'>;
  readonly inventory: Pick<Inventory, 'dataOf'>;
  readonly expansions: () => readonly LoadedExpansion[];
}

/**
 * What each rule that is for a request says of it, in the order of `policies`, then what each says of the objects that
 * expansions make of it; none when no policy is for it.
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
  const { operation } = request;
  const subject = { objects: objectsOf(request.source), namespace: known };
  const asked: Asked = { operation, namespace, subject, source: 'Original' };
  const own = judgeAs(asked, policies, dependencies, reviewsOf(request, known));
  const implied = expanded(request, namespace, dependencies).map((one) =>
    one.outcome === 'failed'
      ? [one.verdict]
      : judgeResultant(
          one.resultant,
          { ...asked, source: 'Generated' },
          namespaceObject(known),
          policies,
          dependencies,
        ),
  );
  return (await Promise.all([own, ...implied])).flat();
}

/** The same request in the two forms that policies read; each is written when a policy first wants it. */
interface Reviews {
  readonly native: () => string;
  readonly gatekeeper: () => string;
}

function reviewsOf(request: AdmissionRequest, namespace: NamespaceFacts | undefined): Reviews {
  return {
    native: () => JSON.stringify(reviewOf(request)),
    gatekeeper: () => {
      const made = reviewOfRequest(request.source, namespaceObject(namespace));
      return writeReview(made.outcome === 'made' ? made.review : request.source);
    },
  };
}

/** What is kept of a namespace, in the shape of the object. */
function namespaceObject(facts: NamespaceFacts | undefined): KubeObject | undefined {
  if (facts === undefined) return undefined;
  const { name, labels, annotations } = facts;
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } };
}

type Expanded =
  | { readonly outcome: 'resultant'; readonly resultant: Resultant }
  | { readonly outcome: 'failed'; readonly verdict: Verdict };

/**
 * What controllers would make of the request's object. Where an expansion of the namespace fails, those for all count all
 * the same: nobody gets around a policy for all by an expansion of their own.
 */
function expanded(
  request: AdmissionRequest,
  namespace: string | undefined,
  { expansions }: JudgeDependencies,
): readonly Expanded[] {
  const loaded = expansions();
  const { object, operation } = request;
  if (loaded.length === 0 || !isRecord(object) || operation === 'DELETE') return [];
  const within = loaded.filter((one) => isWithin(one, namespace));
  const forAll = within.filter(({ isForAll }) => isForAll);
  const all = expandBy(within, object, namespace);
  const isFailed = all.some(({ outcome }) => outcome === 'failed');
  if (!isFailed || forAll.length === within.length) return all;
  const others = expandBy(forAll, object, namespace);
  return others.some(({ outcome }) => outcome === 'failed') ? others : [...others, ...all];
}

function expandBy(
  loaded: readonly LoadedExpansion[],
  object: KubeObject,
  namespace: string | undefined,
): readonly Expanded[] {
  const made = expand(
    object,
    namespace ?? '',
    loaded.map(({ expansion }) => expansion),
  );
  if (made.outcome === 'expanded') {
    return made.resultants.map((resultant) => ({ outcome: 'resultant', resultant }));
  }
  const { code, message } = made;
  const policy = { namespace: loaded[0]?.namespace ?? '', name: 'expansion', title: 'expansion' };
  const evaluation: Evaluation = { outcome: 'failed', code, message };
  return [{ outcome: 'failed', verdict: { policy, enforcement: 'warn', onFailure: 'allow', evaluation } }];
}

async function judgeResultant(
  { object, template, enforcement }: Resultant,
  asked: Asked,
  namespace: KubeObject | undefined,
  policies: readonly LoadedPolicy[],
  dependencies: JudgeDependencies,
): Promise<readonly Verdict[]> {
  const { operation, subject } = asked;
  const { review } = reviewOfObject(object, namespace, operation);
  const reviews = { native: () => JSON.stringify(review), gatekeeper: () => writeReview(review) };
  const of = { ...asked, subject: { ...subject, objects: [object] } };
  const verdicts = await judgeAs(of, policies, dependencies, reviews);
  return verdicts.map((verdict) => ({
    ...verdict,
    enforcement: enforcement ?? verdict.enforcement,
    evaluation: implied(verdict.evaluation, template),
  }));
}

function implied(evaluation: Evaluation, template: string): Evaluation {
  if (evaluation.outcome === 'failed') return { ...evaluation, message: impliedMessage(template, evaluation.message) };
  // A patch of what is made is none of what was written.
  const violations = evaluation.violations.map(({ message, details: { patch: _, ...details } }) => ({
    message: impliedMessage(template, message),
    details,
  }));
  return { ...evaluation, violations };
}

async function judgeAs(
  asked: Asked,
  policies: readonly LoadedPolicy[],
  dependencies: JudgeDependencies,
  reviews: Reviews,
): Promise<readonly Verdict[]> {
  const selected = select(policies, asked);
  if (selected.length === 0) return [];
  const evaluations = await evaluate(selected, dependencies, reviews);
  return selected.map(({ policy, rule }, at): Verdict => ({
    policy: policy.name,
    enforcement: rule.enforcement,
    onFailure: policy.onFailure,
    evaluation: evaluations[at] ?? lost,
  }));
}

const lost: Evaluation = { outcome: 'failed', code: 'PolicyBroken', message: 'was not answered' };
const forms = ['native', 'gatekeeper'] as const;

/** Evaluates what can be, in the order of `selected`; a review is written once for all policies that read its form. */
async function evaluate(
  selected: readonly Selected[],
  { pool, inventory }: JudgeDependencies,
  reviews: Reviews,
): Promise<readonly Evaluation[]> {
  const prepared = selected.map((one) => prepare(one, inventory));
  const answered = await Promise.all(
    forms.map(async (form) => {
      const items = prepared.flatMap((one) => (one.outcome === 'item' && one.item.input === form ? [one.item] : []));
      return (items.length === 0 ? [] : await pool.evaluate(reviews[form](), items)).values();
    }),
  );
  const [native, gatekeeper] = answered;
  return prepared.map((one) => {
    if (one.outcome === 'failed') return one;
    return (one.item.input === 'native' ? native : gatekeeper)?.next().value ?? lost;
  });
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
