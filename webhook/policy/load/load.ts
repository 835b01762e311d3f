import type { GatekeeperPolicy } from '../../../settings/policies/document.ts';
import type { NativeDocument } from '../../../settings/policies/types.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { Kinds } from '../../../kube/kinds.ts';
import { asProblem } from '../compile/problems.ts';
import type { Load } from '../registry/loaded.ts';
import type { RegoProblem } from '../types.ts';
import { constraintPolicies, expansionsOf } from './gatekeeper.ts';
import { inventoryOfTemplate, inventoryProblems } from './inventory.ts';
import type { StoredPolicy } from './keep.ts';
import type { Modules, TakenModule } from './modules.ts';
import { nativePolicy, sourceOf } from './native.ts';
import type { Place } from './native.ts';
import { placedInTemplate } from './places.ts';
import type { Readable } from './readable.ts';

export interface LoaderOptions {
  readonly modules: Pick<Modules, 'take'>;
  readonly kinds: Pick<Kinds, 'served' | 'refresh'>;
  readonly readable: Readable;
  /** Remora's own namespace. */
  readonly ownNamespace: string;
}

/** Makes the function that loads a stored policy: its document was read already, its modules are taken now. */
export function createLoader(options: LoaderOptions): (policy: StoredPolicy) => Promise<Load> {
  return async ({ namespace, name, read }) => {
    if (read.outcome === 'refused') return { outcome: 'failed', problems: read.problems, isTransient: false };
    const place = { namespace, name, isForAll: namespace === options.ownNamespace };
    return read.document.kind === 'native'
      ? await loadNative(read.document, place, options)
      : await loadGatekeeper(read.document, place, options);
  };
}

async function loadNative(document: NativeDocument, place: Place, { modules }: LoaderOptions): Promise<Load> {
  const taken = await modules.take(sourceOf(document), { ...place, part: '' });
  if (taken.outcome === 'refused') return failed(taken.problems);
  return { outcome: 'loaded', policies: [nativePolicy(document, place, taken.module)], expansions: [] };
}

async function loadGatekeeper(document: GatekeeperPolicy, place: Place, options: LoaderOptions): Promise<Load> {
  const { modules, kinds, readable } = options;
  // Without its inventory a template finds nothing to object to: better that it is tried again than that it passes all.
  const find = (): readonly Problem[] => inventoryProblems(document, kinds.served, readable);
  const missing = find().length === 0 ? [] : (await kinds.refresh(), find());
  if (missing.length > 0) return { outcome: 'failed', problems: missing, isTransient: true };
  const taken = new Map<string, TakenModule>();
  const problems: RegoProblem[] = [];
  for (const template of document.templates) {
    const one = await modules.take(template.source, { ...place, part: template.kind });
    if (one.outcome === 'taken') taken.set(template.kind, one.module);
    else problems.push(...one.problems.map((problem) => placedInTemplate(problem, template)));
  }
  if (problems.length > 0) return failed(problems);
  const policies = constraintPolicies(
    document,
    place,
    taken,
    (template) => inventoryOfTemplate(template, document.inventory, kinds.served, readable).kinds,
  );
  return { outcome: 'loaded', policies, expansions: expansionsOf(document, place) };
}

/** A limit may be met because the node is busy. */
const transient: readonly RegoProblem['code'][] = ['CompilerUnavailable', 'CompilerBusy', 'CompileLimit'];

function failed(problems: readonly RegoProblem[]): Load {
  return {
    outcome: 'failed',
    problems: problems.map(asProblem),
    isTransient: problems.some(({ code }) => transient.includes(code)),
  };
}
