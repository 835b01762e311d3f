import type { NamespaceFacts } from '../types.ts';
import { matchesGenerateName, matchesGlob } from './glob.ts';
import { factsOf, isNamespace } from './object.ts';
import type { KubeObject, ObjectFacts } from './object.ts';
import { everyLabel, selects, selectsAll } from './selector.ts';
import type { KindSelector, Match } from './types.ts';

/** Matches everything. */
export const matchAll: Match = {
  kinds: [],
  namespaces: [],
  excludedNamespaces: [],
  labelSelector: everyLabel,
  namespaceSelector: everyLabel,
  scope: '*',
  name: '',
};

/** What a match is asked about: the objects of one request, and the namespace that it is for. */
export interface MatchSubject {
  /** `object` and `oldObject` of the request, those that are there; it is enough that one of them matches. */
  readonly objects: readonly KubeObject[];
  /** Undefined for what has no namespace, and where the namespace is not known. */
  readonly namespace: Pick<NamespaceFacts, 'name' | 'labels'> | undefined;
}

export type MatchResult =
  | { readonly outcome: 'matched' }
  | { readonly outcome: 'unmatched' }
  | {
      readonly outcome: 'failed';
      /** `NamespaceUnknown`: a namespace selector cannot be judged without the namespace's labels. */
      readonly code: 'NamespaceUnknown';
      readonly message: string;
    };

const matched: MatchResult = { outcome: 'matched' };
const unmatched: MatchResult = { outcome: 'unmatched' };

/**
 * Whether a policy is for a request, as Gatekeeper 3.23 decides it (`pkg/mutation/match`, `pkg/target`): all parts of
 * the match hold for the new object or for the old one. A Namespace is in itself for `namespaces`, and is judged by its
 * own labels for `namespaceSelector`; `namespaces`, `excludedNamespaces` and `namespaceSelector` hold for whatever else
 * has no namespace.
 */
export function matchRequest(match: Match, { objects, namespace }: MatchSubject): MatchResult {
  for (const object of objects) {
    const result = matchObject(match, factsOf(object), namespace);
    if (result.outcome !== 'unmatched') return result;
  }
  return unmatched;
}

function matchObject(match: Match, facts: ObjectFacts, namespace: MatchSubject['namespace']): MatchResult {
  const home = homeOf(facts, namespace);
  const isAny = (globs: readonly string[]): boolean => globs.some((glob) => matchesGlob(glob, home ?? ''));
  const holds =
    matchesKind(match.kinds, facts) &&
    matchesScope(match.scope, facts, namespace) &&
    (home === undefined || match.namespaces.length === 0 || isAny(match.namespaces)) &&
    (home === undefined || !isAny(match.excludedNamespaces)) &&
    selects(match.labelSelector, facts.labels);
  if (!holds) return unmatched;
  const inNamespace = matchNamespaceLabels(match, facts, namespace);
  if (inNamespace.outcome !== 'matched') return inNamespace;
  return matchesName(match.name, facts) ? matched : unmatched;
}

/** The namespace that an object counts as being in; a Namespace is in itself. */
function homeOf(facts: ObjectFacts, namespace: MatchSubject['namespace']): string | undefined {
  if (isNamespace(facts)) return facts.name;
  return namespace?.name ?? (facts.namespace === '' ? undefined : facts.namespace);
}

/** An item without groups, or without kinds, is for all of them. */
export function matchesKind(
  kinds: readonly KindSelector[],
  { group, kind }: { readonly group: string; readonly kind: string },
): boolean {
  const includes = (names: readonly string[], name: string): boolean =>
    names.length === 0 || names.includes('*') || names.includes(name);
  return kinds.length === 0 || kinds.some((item) => includes(item.kinds, kind) && includes(item.apiGroups, group));
}

function matchesScope(scope: Match['scope'], facts: ObjectFacts, namespace: MatchSubject['namespace']): boolean {
  if (scope === '*') return true;
  const isNamespaced = !isNamespace(facts) && (facts.namespace !== '' || namespace !== undefined);
  return isNamespaced === (scope === 'Namespaced');
}

function matchNamespaceLabels(
  { namespaceSelector }: Match,
  facts: ObjectFacts,
  namespace: MatchSubject['namespace'],
): MatchResult {
  if (selectsAll(namespaceSelector)) return matched;
  if (isNamespace(facts)) return selects(namespaceSelector, facts.labels) ? matched : unmatched;
  if (namespace !== undefined) return selects(namespaceSelector, namespace.labels) ? matched : unmatched;
  if (facts.namespace === '') return matched;
  const message = `the labels of namespace ${facts.namespace} are not known, and the policy selects namespaces by labels`;
  return { outcome: 'failed', code: 'NamespaceUnknown', message };
}

function matchesName(glob: string, { name, generateName }: ObjectFacts): boolean {
  return glob === '' || matchesGlob(glob, name) || matchesGenerateName(glob, generateName);
}
