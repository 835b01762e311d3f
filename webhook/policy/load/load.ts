import type { GatekeeperPolicy } from '../../../settings/policies/document.ts';
import type { NativeDocument } from '../../../settings/policies/types.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { Kinds } from '../../../kube/kinds.ts';
import { asProblem } from '../compile/problems.ts';
import type { InForce, Load } from '../registry/loaded.ts';
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
  readonly modules: Pick<Modules, 'take' | 'last'>;
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
  const inForce = (module: TakenModule): InForce => ({
    policies: [nativePolicy(document, place, module)],
    expansions: [],
  });
  if (taken.outcome === 'taken') return { outcome: 'loaded', ...inForce(taken.module) };
  const last = await modules.last({ ...place, part: '' });
  return failed(taken.problems, last === undefined ? undefined : inForce(last));
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
    if (one.outcome === 'refused') problems.push(...one.problems.map((problem) => placedInTemplate(problem, template)));
    const module = one.outcome === 'taken' ? one.module : await modules.last({ ...place, part: template.kind });
    if (module !== undefined) taken.set(template.kind, module);
  }
  const policies = constraintPolicies(
    document,
    place,
    taken,
    (template) => inventoryOfTemplate(template, document.inventory, kinds.served, readable).kinds,
  );
  const inForce = { policies, expansions: expansionsOf(document, place) };
  return problems.length > 0 ? failed(problems, inForce) : { outcome: 'loaded', ...inForce };
}

/** A limit may be met because the node is busy. */
const transient: readonly RegoProblem['code'][] = ['CompilerUnavailable', 'CompilerBusy', 'CompileLimit'];

function failed(problems: readonly RegoProblem[], standby: InForce | undefined): Load {
  return {
    outcome: 'failed',
    ...(standby === undefined ? {} : { standby }),
    problems: problems.map(asProblem),
    isTransient: problems.some(({ code }) => transient.includes(code)),
  };
}
