import type { Logger } from '../runtime/log.ts';
import type { Informer, KubeObject } from './types.ts';

type Listener<T> = (namespace: string | undefined, name: string, value: T | undefined) => void;

/** What an informer holds, by namespace and name. */
export interface Store<T> extends Pick<Informer<T>, 'get' | 'inNamespace' | 'all' | 'onChange'> {
  /** Keeps `value` for the object, or drops what was kept. */
  put(object: KubeObject, value: T | undefined): void;
  /** Keeps exactly these; what is not among them is gone. */
  replaceAll(entries: Iterable<{ readonly object: KubeObject; readonly value: T | undefined }>): void;
}

/** An empty store. Cluster-scoped objects stand under the namespace ''. */
export function createStore<T>(log: Logger): Store<T> {
  const namespaces = new Map<string, Map<string, T>>();
  const listeners = new Set<Listener<T>>();

  const tell = (namespace: string, name: string, value: T | undefined): void => {
    for (const listener of listeners) {
      try {
        listener(namespace === '' ? undefined : namespace, name, value);
      } catch (error) {
        // A bug of a listener must not end the watch that everyone else lives on.
        log.error('informer.listener.failed', { error: error instanceof Error ? error : new Error(String(error)) });
      }
    }
  };

  const set = (namespace: string, name: string, value: T | undefined): void => {
    const names = namespaces.get(namespace);
    if (value !== undefined) {
      if (names === undefined) namespaces.set(namespace, new Map([[name, value]]));
      else names.set(name, value);
    } else {
      // Nothing was kept of it before either: no change.
      if (names?.delete(name) !== true) return;
      if (names.size === 0) namespaces.delete(namespace);
    }
    tell(namespace, name, value);
  };

  return {
    put: ({ metadata }, value) => set(metadata.namespace ?? '', metadata.name ?? '', value),
    replaceAll: (entries) => {
      const seen = new Map<string, Set<string>>();
      for (const { object, value } of entries) {
        const { namespace = '', name = '' } = object.metadata;
        seen.set(namespace, (seen.get(namespace) ?? new Set()).add(name));
        set(namespace, name, value);
      }
      for (const [namespace, names] of [...namespaces]) {
        for (const name of [...names.keys()]) {
          if (seen.get(namespace)?.has(name) !== true) set(namespace, name, undefined);
        }
      }
    },
    get: (namespace, name) => namespaces.get(namespace ?? '')?.get(name),
    inNamespace: (namespace) => namespaces.get(namespace)?.values() ?? [],
    *all() {
      for (const names of namespaces.values()) yield* names.values();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
