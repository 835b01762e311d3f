import type { Kinds } from '../../../kube/kinds.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { PolicyDocument } from '../../../settings/policies/document.ts';
import { asProblem } from '../compile/problems.ts';
import type { InForce, Load } from '../registry/loaded.ts';
import type { RegoProblem } from '../types.ts';
import { expansionsOf } from './gatekeeper.ts';
import { inventoryProblems } from './inventory.ts';
import type { StoredPolicy } from './keep.ts';
import type { Modules, TakenModule } from './modules.ts';
import type { Place } from './native.ts';
import { partsOf, placedIn, policiesOf } from './parts.ts';
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
    const missing = await missingInventory(read.document, options);
    if (missing.length > 0) return { outcome: 'failed', problems: missing, isTransient: true };
    return await loadParts(read.document, place, options);
  };
}

/** Without its inventory a template finds nothing to object to: better that it is tried again than that it passes all. */
async function missingInventory(
  document: PolicyDocument,
  { kinds, readable }: LoaderOptions,
): Promise<readonly Problem[]> {
  if (document.kind === 'native') return [];
  const find = (): readonly Problem[] => inventoryProblems(document, kinds.served, readable);
  return find().length === 0 ? [] : (await kinds.refresh(), find());
}

async function loadParts(
  document: PolicyDocument,
  place: Place,
  { modules, kinds, readable }: LoaderOptions,
): Promise<Load> {
  const taken = new Map<string, TakenModule>();
  const problems: RegoProblem[] = [];
  for (const each of partsOf(document)) {
    const owner = { ...place, part: each.part };
    const one = await modules.take(each.source, owner);
    if (one.outcome === 'refused') problems.push(...one.problems.map((problem) => placedIn(each, problem)));
    const module = one.outcome === 'taken' ? one.module : await modules.last(owner);
    if (module !== undefined) taken.set(each.part, module);
  }
  const inForce: InForce = {
    policies: policiesOf(document, place, taken, kinds.served, readable),
    expansions: document.kind === 'native' ? [] : expansionsOf(document, place),
  };
  if (problems.length === 0) return { outcome: 'loaded', ...inForce };
  return failed(problems, taken.size === 0 ? undefined : inForce);
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
