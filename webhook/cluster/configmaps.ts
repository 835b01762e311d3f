import type { KubeObject } from '../../kube/types.ts';
import type { ConfigMapFacts } from '../plan/facts.ts';

/** A core/v1 ConfigMap, as the API server validated it. Written by who may write ConfigMaps in its namespace. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/**
 * Makes the function that keeps of a ConfigMap its keys, and only the values that may become one of `variables`.
 *
 * `envFrom` may put a prefix in front of each key (`prefix: NODE_`, key `OPTIONS`), so a key matters when a
 * variable's name ends with it. Every other value is let go: a ConfigMap may hold a megabyte.
 */
export function configMapKeeper(variables: readonly string[]): (configMap: ConfigMap) => ConfigMapFacts {
  const matters = (key: string): boolean => key !== '' && variables.some((name) => name.endsWith(key));
  return ({ metadata, data }) => {
    const entries = Object.entries(data ?? {});
    return {
      name: metadata.name ?? '',
      keys: new Set(entries.map(([key]) => key)),
      values: new Map(entries.filter(([key]) => matters(key))),
    };
  };
}
