import type { PolicyDocument } from '../../settings/policies/document.ts';
import { matchesKind } from '../../settings/policies/match.ts';
import type { ApplyTo } from '../../settings/policies/gatekeeper/types.ts';
import type { KindSelector, PolicyOperation } from '../../settings/policies/types.ts';
import type { Asked } from './rules.ts';

/** What one policy ConfigMap wants the API server to ask about. */
export interface AskedConfigMap {
  readonly policies: readonly Asked[];
  /** What its ExpansionTemplates expand: objects that stand for others, which policies are for. */
  readonly expansions: readonly AskedExpansion[];
}

/** An object of these kinds is asked about when one of this kind would be. */
export interface AskedExpansion {
  readonly kinds: readonly KindSelector[];
  readonly generated: { readonly group: string; readonly kind: string };
}

/** Reads off a document what its policies are for. `isForAll`: it stands in Remora's own namespace. */
export function askedBy(document: PolicyDocument, isForAll: boolean): AskedConfigMap {
  if (document.kind === 'native') {
    const { match, operations } = document;
    return { policies: [{ kinds: match.kinds, operations, isForAll }], expansions: [] };
  }
  const operationsOf = new Map(document.templates.map(({ kind, operations }) => [kind, operations]));
  return {
    policies: document.constraints.map(({ kind, match }) => ({
      kinds: match.kinds,
      operations: operationsOf.get(kind) ?? [],
      isForAll,
    })),
    expansions: document.expansions.map(({ applyTo, generated }) => ({
      kinds: applyTo.map(selectorOf),
      generated,
    })),
  };
}

function selectorOf({ groups, kinds }: ApplyTo): KindSelector {
  return { apiGroups: groups, kinds };
}

const writes: readonly PolicyOperation[] = ['CREATE', 'UPDATE'];

/**
 * All policies, and for each the kinds whose objects are expanded to what it is for; expansions may follow each other.
 * A policy of one namespace is never for what another namespace's expansions make, but asking once too often does no harm.
 */
export function withExpansions(configMaps: readonly AskedConfigMap[]): readonly Asked[] {
  const policies = configMaps.flatMap((configMap) => configMap.policies);
  const expansions = configMaps.flatMap((configMap) => configMap.expansions);
  return policies.flatMap((policy) => [policy, ...expandedFor(policy, expansions)]);
}

function expandedFor(policy: Asked, expansions: readonly AskedExpansion[]): readonly Asked[] {
  const operations = policy.operations.filter((operation) => writes.includes(operation));
  if (operations.length === 0) return [];
  const left = new Set(expansions);
  const asked: Asked[] = [];
  for (let wanted: readonly KindSelector[] = policy.kinds; ;) {
    const found = [...left].filter(({ generated }) => matchesKind(wanted, generated));
    if (found.length === 0) return asked;
    for (const expansion of found) left.delete(expansion);
    wanted = found.flatMap(({ kinds }) => kinds);
    asked.push({ kinds: wanted, operations, isForAll: policy.isForAll });
  }
}
