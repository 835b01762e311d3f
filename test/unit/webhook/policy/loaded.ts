import { matchAll } from '../../../../settings/policies/match.ts';
import type { LoadedPolicy } from '../../../../webhook/policy/registry/loaded.ts';

/** A loaded policy that matches everything and has no rule, but for what a test says of it. */
export function loadedPolicy(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  more: Partial<LoadedPolicy> = {},
): LoadedPolicy {
  return {
    name: { namespace, name, title: `${namespace}/${name}` },
    isForAll: false,
    match: matchAll,
    source: 'All',
    isAdmitted: true,
    isAudited: true,
    operations: ['CREATE'],
    onFailure: 'allow',
    input: 'native',
    parameters: '{}',
    rules: [],
    inventory: [],
    ...more,
  };
}
