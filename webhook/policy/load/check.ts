import type { Kinds } from '../../../kube/kinds.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { PolicyDocument } from '../../../settings/policies/document.ts';
import { readPolicy } from '../../../settings/policies/document.ts';
import type { PolicyConfigMap, PolicyWarning } from '../../../settings/policies/types.ts';
import { asProblem } from '../compile/problems.ts';
import { packModule } from '../compile/stored.ts';
import type { Compiled, Compiler } from '../compile/types.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { CompiledModule, ModuleSource } from '../types.ts';
import { inventoryOfTemplate, inventoryProblems } from './inventory.ts';
import { unknownKinds } from './kinds.ts';
import type { Modules, TakenModule } from './modules.ts';
import { partsOf, placedIn, policiesOf } from './parts.ts';
import type { Part } from './parts.ts';
import { unreadableKinds } from './readable.ts';
import type { Readable } from './readable.ts';

/** What was found in a policy ConfigMap: nothing, when `problems` is empty. */
export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** What was accepted, ready to be evaluated. */
  readonly policies: readonly LoadedPolicy[];
}

/** Reads, compiles and tests a policy ConfigMap that is about to be stored. `signal`: the answer is no longer waited for. */
export type Check = (configMap: PolicyConfigMap, signal: AbortSignal) => Promise<Checked>;

export interface CheckOptions {
  readonly modules: Pick<Modules, 'keep'>;
  readonly compiler: Compiler;
  readonly kinds: Pick<Kinds, 'served' | 'refresh'>;
  readonly readable: Readable;
  /** Remora's own namespace. */
  readonly ownNamespace: string;
}

/** What is found while a ConfigMap is looked at. */
interface Findings {
  readonly problems: Problem[];
  readonly warnings: PolicyWarning[];
  /** By the kind of their template; '' for a native policy. */
  readonly modules: Map<string, CompiledModule>;
}

/**
 * Makes the check. What it accepts always loads: each module that it compiled was instantiated, and is kept.
 *
 * Codes: those of `readPolicy` and of the compiler; `UnknownKind`, `InventoryNotReadable`; as warnings
 * `InventoryUndeclared`, and `UnknownKind` for a constraint.
 */
export function createCheck(options: CheckOptions): Check {
  return async (configMap, signal) => {
    const read = readPolicy(configMap);
    if (read.outcome === 'refused') return { problems: read.problems, warnings: [], policies: [] };
    const findings: Findings = { problems: [], warnings: [...read.warnings], modules: new Map() };
    await checkKinds(read.document, options, findings);
    await checkParts(read.document, configMap.namespace, signal, options, findings);
    const { problems, modules } = findings;
    const taken = new Map<string, TakenModule>();
    for (const [part, module] of problems.length === 0 ? modules : []) {
      const kept = await options.modules.keep(module);
      if (kept.outcome === 'refused') problems.push(...kept.problems.map(asProblem));
      else taken.set(part, kept.module);
    }
    const { namespace, name } = configMap;
    const place = { namespace, name, isForAll: namespace === options.ownNamespace };
    const { kinds, readable } = options;
    return {
      problems,
      warnings: findings.warnings.map(({ code, message }) => coded(message, code)),
      policies: problems.length === 0 ? policiesOf(read.document, place, taken, kinds.served, readable) : [],
    };
  };
}

function coded(message: string, code: string): string {
  return message.endsWith(`[${code}]`) ? message : `${message} [${code}]`;
}

/** Kinds that are not served, or not readable; the API server is asked again first, for a CRD may be a moment old. */
async function checkKinds(
  document: PolicyDocument,
  { kinds, readable }: CheckOptions,
  { problems, warnings }: Findings,
): Promise<void> {
  const find = (): readonly [unknown: readonly Problem[], unreadable: readonly Problem[]] => [
    unknownKinds(document, kinds.served),
    document.kind === 'native'
      ? unreadableKinds(document.inventory, kinds.served, readable)
      : inventoryProblems(document, kinds.served, readable),
  ];
  if (find().flat().length === 0) return;
  await kinds.refresh();
  const [unknown, unreadable] = find();
  problems.push(...unreadable);
  if (document.kind === 'native') {
    problems.push(...unknown);
    return;
  }
  // Constraints of a library name kinds that a cluster may not have, and Gatekeeper takes them.
  for (const { value, allowed } of unknown) {
    warnings.push({ code: 'UnknownKind', message: `a constraint matches ${value}, and nothing is that: ${allowed}` });
  }
}

async function checkParts(
  document: PolicyDocument,
  owner: string,
  signal: AbortSignal,
  { compiler, kinds, readable }: CheckOptions,
  findings: Findings,
): Promise<void> {
  for (const part of partsOf(document)) {
    const source = await noteCompiled(part, await compiler.compile(part.source, owner, signal), findings);
    if (document.kind === 'native') {
      if (source === undefined || document.tests.length === 0) continue;
      const tested = await compiler.test({ ...source, tests: document.tests }, owner, signal);
      if (tested.outcome === 'refused') findings.problems.push(...tested.problems.map(asProblem));
    } else if (part.template?.isReferential === true) {
      const wanted = inventoryOfTemplate(part.template, document.inventory, kinds.served, readable);
      if (wanted.kinds.length === 0 && wanted.problems.length === 0) findings.warnings.push(undeclared(part.part));
    }
  }
}

/** Keeps what was compiled; what of it was compiled, when it was. */
async function noteCompiled(
  part: Part,
  compiled: Compiled,
  { problems, warnings, modules }: Findings,
): Promise<ModuleSource | undefined> {
  if (compiled.outcome === 'refused') {
    problems.push(...compiled.problems.map((problem) => asProblem(placedIn(part, problem))));
    return undefined;
  }
  warnings.push(...compiled.warnings);
  const packed = await packModule(compiled.module);
  if (packed.outcome === 'refused') problems.push(asProblem(packed.problem));
  modules.set(part.part, compiled.module);
  return compiled.source;
}

function undeclared(kind: string): PolicyWarning {
  return {
    code: 'InventoryUndeclared',
    message:
      `ConstraintTemplate ${kind} reads data.inventory, and nothing says which kinds it is to hold, so it is empty: add ` +
      'the annotation metadata.gatekeeper.sh/requires-sync-data, or a SyncSet beside it',
  };
}
