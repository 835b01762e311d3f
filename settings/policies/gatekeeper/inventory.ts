import { factsOf } from '../object.ts';
import type { KubeObject } from '../object.ts';

/** A map whose keys are names that others chose. */
type Names<T> = Record<string, T>;

/** `data.inventory` as Gatekeeper lays it out; group versions as `apiVersion` writes them. */
export interface Inventory {
  readonly cluster: Readonly<Names<Readonly<Names<Readonly<Names<KubeObject>>>>>>;
  readonly namespace: Readonly<Names<Readonly<Names<Readonly<Names<Readonly<Names<KubeObject>>>>>>>>;
}

/**
 * Lays objects out by `cluster[groupVersion][kind][name]` and `namespace[namespace][groupVersion][kind][name]`. Of two with
 * one name the later stands. An object without a version or a kind has no place and is left out.
 */
export function buildInventory(objects: Iterable<KubeObject>): Inventory {
  const cluster = emptyNames<Names<Names<KubeObject>>>();
  const namespaces = emptyNames<Names<Names<Names<KubeObject>>>>();
  for (const object of objects) {
    const { group, version, kind, name, namespace } = factsOf(object);
    if (version === '' || kind === '') continue;
    const home = namespace === '' ? cluster : below(namespaces, namespace);
    below(below(home, group === '' ? version : `${group}/${version}`), kind)[name] = object;
  }
  return { cluster, namespace: namespaces };
}

function below<T>(names: Names<Names<T>>, name: string): Names<T> {
  return (names[name] ??= emptyNames<T>());
}

/** Without a prototype: `constructor` is a name like any other. */
function emptyNames<T>(): Names<T> {
  return Object.create(null) as Names<T>;
}
