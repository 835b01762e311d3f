import { isRecord, ownValue } from '../../../settings/policies/field.ts';
import { matchConstraint } from '../../../settings/policies/gatekeeper/constraint.ts';
import { enforcementsAt } from '../../../settings/policies/gatekeeper/enforcement.ts';
import { expand, impliedMessage } from '../../../settings/policies/gatekeeper/expand.ts';
import { objectsOf, reviewOfObject, reviewOfRequest } from '../../../settings/policies/gatekeeper/review.ts';
import type { Review } from '../../../settings/policies/gatekeeper/review.ts';
import type { Resource } from '../../../settings/policies/gatekeeper/resource.ts';
import type { Constraint, Expansion, Source } from '../../../settings/policies/gatekeeper/types.ts';
import { writeReview } from '../../../settings/policies/gatekeeper/json.ts';
import { factsOf, isNamespace, textOf } from '../../../settings/policies/object.ts';
import type { KubeObject } from '../../../settings/policies/object.ts';
import { inventoryJson } from '../../../webhook/policy/inventory/layout.ts';
import type { Engine } from './engine.ts';

/** A constraint whose template is compiled. */
export interface Subject {
  readonly engine: Pick<Engine, 'evaluate'>;
  /** Hash of the template's module. */
  readonly module: string;
  readonly constraint: Constraint;
  readonly expansions: readonly Expansion[];
}

/** Messages of all violations, sorted; or why the object could not be judged at all, which fails a case. */
export type Judgement =
  | { readonly outcome: 'judged'; readonly messages: readonly string[] }
  | { readonly outcome: 'failed'; readonly reason: string };

/**
 * Judges an object, or the request of an AdmissionReview, as `gator verify` does: at the enforcement point
 * `gator.gatekeeper.sh`, with the namespaces that the inventory has, and with what the expansions make of an object.
 */
export function judge(subject: Subject, resource: Resource, inventory: readonly Resource[]): Judgement {
  const world = worldOf(inventory);
  if (resource.group === 'admission.k8s.io' && resource.kind === 'AdmissionReview') {
    return judgeRequest(subject, resource.object, world);
  }
  const own = judgeReview(subject, reviewOfObject(resource.object, undefined).review, 'Original', world);
  if (own.outcome === 'failed') return own;
  const expanded = expand(resource.object, resource.namespace, subject.expansions);
  if (expanded.outcome === 'failed') return { outcome: 'failed', reason: expanded.message };
  const messages = [...own.messages];
  for (const { object, template } of expanded.resultants) {
    const implied = judgeReview(subject, reviewOfObject(object, undefined).review, 'Generated', world);
    if (implied.outcome === 'failed') return implied;
    messages.push(...implied.messages.map((message) => impliedMessage(template, message)));
  }
  return { outcome: 'judged', messages: messages.sort(byBytes) };
}

/** What is known of the cluster. */
interface World {
  readonly data: string;
  readonly namespaces: ReadonlyMap<string, KubeObject>;
}

function worldOf(inventory: readonly Resource[]): World {
  const entries = inventory.map(({ object, group, version, kind, namespace, name }) => {
    const groupVersion = group === '' ? version : `${group}/${version}`;
    return { namespace, groupVersion, kind, name, json: writeReview(object) };
  });
  const namespaces = inventory.filter(isNamespace).map(({ name, object }) => [name, object] as const);
  return { data: inventoryJson(entries), namespaces: new Map(namespaces) };
}

function judgeRequest(subject: Subject, admissionReview: KubeObject, world: World): Judgement {
  const request = ownValue(admissionReview, 'request');
  if (!isRecord(request)) return { outcome: 'failed', reason: 'the AdmissionReview has no request' };
  if (objectsOf(request).length === 0) {
    return { outcome: 'failed', reason: 'the request has neither object nor oldObject' };
  }
  const made = reviewOfRequest(request, undefined);
  if (made.outcome === 'failed') return { outcome: 'failed', reason: made.message };
  return judgeReview(subject, made.review, 'Original', world);
}

function judgeReview(
  { engine, module, constraint }: Subject,
  review: Review,
  source: Exclude<Source, 'All'>,
  { data, namespaces }: World,
): Judgement {
  if (enforcementsAt(constraint.enforcements, 'gator.gatekeeper.sh').length === 0) return none;
  const objects = objectsOf(review);
  const known = namespaces.get(textOf(review, 'namespace'));
  const namespace = known === undefined ? undefined : factsOf(known);
  const matched = matchConstraint(constraint.match, { objects, namespace }, source);
  if (matched.outcome === 'unmatched') return none;
  if (matched.outcome === 'failed') return { outcome: 'judged', messages: [unmatchable(objects)] };
  const evaluation = engine.evaluate(module, writeReview(review), constraint.parameters, data);
  if (evaluation.outcome === 'evaluated') {
    return { outcome: 'judged', messages: evaluation.violations.map(({ message }) => message).sort(byBytes) };
  }
  // A message that is no text fails Gatekeeper's review; whatever else goes wrong is a violation.
  const { code, message } = evaluation;
  return code === 'PolicyOutput'
    ? { outcome: 'failed', reason: message }
    : { outcome: 'judged', messages: [`${code}: ${message}`] };
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const none: Judgement = { outcome: 'judged', messages: [] };

/** In Gatekeeper's words: an object that cannot be matched counts as violating. */
function unmatchable([object = {}]: readonly KubeObject[]): string {
  const { name } = factsOf(object);
  return [
    'unable to match constraints',
    `error matching the requested object: ${name} :failed to run Match criteria`,
    'namespace selector for namespace-scoped object but missing Namespace',
  ].join(': ');
}
