import type { NativeDocument } from '../../../settings/policies/types.ts';
import type { NativeSource } from '../compile/types.ts';
import type { LoadedPolicy, LoadedRule } from '../registry/loaded.ts';
import type { TakenModule } from './modules.ts';

/** Where a policy ConfigMap stands. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  /** It is in Remora's own namespace. */
  readonly isForAll: boolean;
}

/** What of a native policy is compiled. */
export function sourceOf({ files, package: name }: NativeDocument): NativeSource {
  return { files, package: name };
}

/**
 * A native policy with its module. `deny` and `violation` do what the policy's enforcement says; `warn` never refuses, and
 * in a policy that only counts it only counts.
 */
export function nativePolicy(document: NativeDocument, place: Place, module: TakenModule): LoadedPolicy {
  const { match, operations, onFailure, parameters, inventory, enforcement } = document;
  const rules = module.entrypoints.map((entrypoint): LoadedRule => {
    const isWarning = entrypoint.endsWith('/warn') && enforcement !== 'dryrun';
    return { module: module.hash, entrypoint, enforcement: isWarning ? 'warn' : enforcement };
  });
  const { namespace, name, isForAll } = place;
  const title = `${namespace}/${name}`;
  return {
    name: { namespace, name, title },
    isForAll,
    match,
    source: 'All',
    isAdmitted: true,
    isAudited: true,
    operations,
    onFailure,
    input: 'native',
    parameters,
    rules,
    inventory,
  };
}
