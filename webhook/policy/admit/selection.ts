import type { Source } from '../../../settings/policies/gatekeeper/types.ts';
import { matchRequest } from '../../../settings/policies/match.ts';
import type { MatchSubject } from '../../../settings/policies/match.ts';
import type { PolicyOperation } from '../../../settings/policies/types.ts';
import type { LoadedPolicy, LoadedRule, Reach } from '../registry/loaded.ts';

/** What decides which policies are asked about a request. */
export interface Asked {
  readonly operation: PolicyOperation;
  /** Undefined for what has no namespace, Namespaces included. */
  readonly namespace: string | undefined;
  readonly subject: MatchSubject;
  /** Whether the object was written, or made by an expansion. */
  readonly source: Exclude<Source, 'All'>;
}

/** A rule that is to be evaluated, or that could not even be matched. */
export type Selected =
  | { readonly outcome: 'selected'; readonly policy: LoadedPolicy; readonly rule: LoadedRule }
  | { readonly outcome: 'failed'; readonly policy: LoadedPolicy; readonly rule: LoadedRule; readonly message: string };

/** Whether something of a policy ConfigMap counts in a namespace; undefined is what has none. */
export function isWithin({ isForAll, namespace: own }: Reach, namespace: string | undefined): boolean {
  return isForAll || own === namespace;
}

/** The rules that are for a request: of policies for all namespaces, and of the request's own namespace. */
export function select(policies: readonly LoadedPolicy[], asked: Asked): readonly Selected[] {
  return policies.flatMap((policy) => {
    const { isForAll, name, source } = policy;
    if (!isWithin({ isForAll, namespace: name.namespace }, asked.namespace)) return [];
    if (!policy.operations.includes(asked.operation) || (source !== 'All' && source !== asked.source)) return [];
    const result = matchRequest(policy.match, asked.subject);
    if (result.outcome === 'unmatched') return [];
    return policy.rules.map((rule): Selected =>
      result.outcome === 'matched'
        ? { outcome: 'selected', policy, rule }
        : { outcome: 'failed', policy, rule, message: result.message },
    );
  });
}
