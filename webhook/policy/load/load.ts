import type { NativeDocument } from '../../../settings/policies/types.ts';
import { asProblem } from '../compile/problems.ts';
import type { Load, LoadedPolicy } from '../registry/loaded.ts';
import type { RegoProblem } from '../types.ts';
import type { StoredPolicy } from './keep.ts';
import type { Modules } from './modules.ts';
import { nativePolicy, sourceOf } from './native.ts';
import type { Place } from './native.ts';

export interface LoaderOptions {
  readonly modules: Pick<Modules, 'take'>;
  /** Remora's own namespace. */
  readonly ownNamespace: string;
}

/** Makes the function that loads a stored policy: its document was read already, its modules are taken now. */
export function createLoader({ modules, ownNamespace }: LoaderOptions): (policy: StoredPolicy) => Promise<Load> {
  return async ({ namespace, name, read }) => {
    if (read.outcome === 'refused') return { outcome: 'failed', problems: read.problems, isTransient: false };
    const place = { namespace, name, isForAll: namespace === ownNamespace };
    const loaded = await loadDocument(read.document, place, modules);
    if (loaded.outcome === 'loaded') return loaded;
    return {
      outcome: 'failed',
      problems: loaded.problems.map(asProblem),
      isTransient: loaded.problems.some(({ code }) => transient.includes(code)),
    };
  };
}

/** A limit may be met because the node is busy. */
const transient: readonly RegoProblem['code'][] = ['CompilerUnavailable', 'CompilerBusy', 'CompileLimit'];

type LoadedDocument =
  | { readonly outcome: 'loaded'; readonly policies: readonly LoadedPolicy[] }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

async function loadDocument(
  document: NativeDocument,
  place: Place,
  modules: Pick<Modules, 'take'>,
): Promise<LoadedDocument> {
  const taken = await modules.take(sourceOf(document), place.namespace);
  if (taken.outcome === 'refused') return taken;
  return { outcome: 'loaded', policies: [nativePolicy(document, place, taken.module)] };
}
