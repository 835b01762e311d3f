import { isRecord, ownValue } from '../field.ts';
import { factsOf, isNamespace } from '../object.ts';
import type { KubeObject } from '../object.ts';

/** `input.review` of Gatekeeper's Rego: an AdmissionRequest, with the object of the namespace that it is for. */
export type Review = KubeObject;

export type MadeReview =
  | { readonly outcome: 'made'; readonly review: Review }
  | {
      readonly outcome: 'failed';
      /** `OldObjectMissing`: a deletion that does not say what is deleted, as API servers before 1.15 sent them. */
      readonly code: 'OldObjectMissing';
      readonly message: string;
    };

/** Fields of admission.k8s.io/v1 `AdmissionRequest` that are left out where they say nothing. */
const optional = ['subResource', 'requestKind', 'requestResource', 'requestSubResource', 'name', 'namespace', 'dryRun'];

/** No namespace: Gatekeeper's driver makes an empty map of it. */
const noNamespace: KubeObject = {};

/**
 * `input.review` for an admission request, as Gatekeeper 3.23 makes it of its Go type: every field that is always
 * written is there, whoever sent the request. At DELETE the object is the one that is deleted. `namespaceObject` is the
 * request's Namespace; `{}` for what has none. A Namespace is in no namespace, whatever the request says.
 */
export function reviewOfRequest(request: KubeObject, namespaceObject: KubeObject | undefined): MadeReview {
  const operation = textOr(request, 'operation');
  const [object, oldObject] = [ownValue(request, 'object') ?? null, ownValue(request, 'oldObject') ?? null];
  if (operation === 'DELETE' && oldObject === null) {
    const message = 'oldObject cannot be nil for DELETE operations';
    return { outcome: 'failed', code: 'OldObjectMissing', message };
  }
  const kind = threeOf(request, 'kind', 'kind');
  const isOfNamespace = isNamespace({ group: kind['group'] ?? '', kind: kind['kind'] ?? '' });
  const said = optional
    .map((key) => [key, ownValue(request, key)] as const)
    .filter(([key, value]) => isSaid(value) && !(key === 'namespace' && isOfNamespace));
  return {
    outcome: 'made',
    review: {
      uid: textOr(request, 'uid'),
      kind,
      resource: threeOf(request, 'resource', 'resource'),
      ...Object.fromEntries(said),
      operation,
      userInfo: ownValue(request, 'userInfo') ?? {},
      object: operation === 'DELETE' ? oldObject : object,
      oldObject,
      options: ownValue(request, 'options') ?? null,
      namespaceObject: namespaceObject ?? noNamespace,
    },
  };
}

/**
 * `input.review` for an object without a request: in the audit, in `gator`, and for what an expansion made, which alone has
 * an operation.
 */
export function reviewOfObject(
  object: KubeObject,
  namespaceObject: KubeObject | undefined,
  operation = '',
): Extract<MadeReview, { outcome: 'made' }> {
  const { group, version, kind, name, namespace } = factsOf(object);
  const review = {
    uid: '',
    kind: { group, version, kind },
    resource: { group: '', version: '', resource: '' },
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {},
    object,
    oldObject: operation === 'DELETE' ? object : null,
    options: null,
    namespaceObject: namespaceObject ?? noNamespace,
  };
  return { outcome: 'made', review };
}

/** Objects of a review that a match looks at: the new one, then the old one. */
export function objectsOf(review: Review): readonly KubeObject[] {
  return [ownValue(review, 'object'), ownValue(review, 'oldObject')].filter(isRecord);
}

function textOr(record: KubeObject, key: string): string {
  const value = ownValue(record, key);
  return typeof value === 'string' ? value : '';
}

/** A group, a version, and a kind or a resource (meta/v1 `GroupVersionKind`, `GroupVersionResource`). */
function threeOf(request: KubeObject, key: string, last: 'kind' | 'resource'): Readonly<Record<string, string>> {
  const value = ownValue(request, key);
  const record = isRecord(value) ? value : {};
  return { group: textOr(record, 'group'), version: textOr(record, 'version'), [last]: textOr(record, last) };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
