import { nearestOf } from '../../../runtime/nearest.ts';
import { shown } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { ApiResource } from '../../../kube/discovery.ts';
import { readNativePolicy } from '../../../settings/policies/document.ts';
import { matchesKind } from '../../../settings/policies/match.ts';
import type { KindSelector, NativeDocument, PolicyConfigMap } from '../../../settings/policies/types.ts';
import { asProblem } from '../compile/problems.ts';
import { packModule } from '../compile/stored.ts';
import type { Compiler } from '../compile/types.ts';
import type { Kinds } from '../../../kube/kinds.ts';
import type { Modules } from './modules.ts';
import { sourceOf } from './native.ts';

export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** Reads, compiles and tests a policy ConfigMap that is about to be stored. `signal`: the answer is no longer waited for. */
export type Check = (configMap: PolicyConfigMap, signal: AbortSignal) => Promise<Checked>;

export interface CheckOptions {
  readonly modules: Pick<Modules, 'keep'>;
  readonly compiler: Compiler;
  readonly kinds: Pick<Kinds, 'served' | 'refresh'>;
}

/**
 * Makes the check. What it accepts always loads: the module that it compiled was instantiated, and is kept.
 *
 * Codes: those of `readNativePolicy` and of the compiler; `UnknownKind`.
 */
export function createCheck(options: CheckOptions): Check {
  const { compiler, modules } = options;
  return async (configMap, signal) => {
    const read = readNativePolicy(configMap);
    if (read.outcome === 'refused') return { problems: read.problems, warnings: [] };
    const { document } = read;
    const problems = [...(await unknownKinds(document, options))];
    const warnings = read.warnings.map(({ code, message }) => `${message} [${code}]`);
    const compiled = await compiler.compile(sourceOf(document), configMap.namespace, signal);
    if (compiled.outcome === 'refused')
      return { problems: [...problems, ...compiled.problems.map(asProblem)], warnings };
    warnings.push(...compiled.warnings.map(({ code, message }) => `${message} [${code}]`));
    const packed = await packModule(compiled.module);
    if (packed.outcome === 'refused') problems.push(asProblem(packed.problem));
    if (document.tests.length > 0) {
      const source = { ...compiled.source, tests: document.tests };
      const tested = await compiler.test(source, configMap.namespace, signal);
      if (tested.outcome === 'refused') problems.push(...tested.problems.map(asProblem));
    }
    if (problems.length > 0) return { problems, warnings };
    const kept = await modules.keep(compiled.module);
    return { problems: kept.outcome === 'refused' ? kept.problems.map(asProblem) : [], warnings };
  };
}

/** Kinds that the API server does not serve; it is asked again first, for a CRD may be a moment old. */
async function unknownKinds(document: NativeDocument, { kinds }: CheckOptions): Promise<readonly Problem[]> {
  const find = (served: readonly ApiResource[]): readonly Problem[] =>
    document.match.kinds.flatMap((selector) => problemsOf(selector, served));
  const before = find(kinds.served);
  return before.length === 0 ? before : find(await kinds.refresh());
}

function problemsOf({ apiGroups, kinds }: KindSelector, served: readonly ApiResource[]): readonly Problem[] {
  const inGroup = served.filter((resource) => matchesKind([{ apiGroups, kinds: ['*'] }], resource));
  const names = [...new Set(inGroup.map(({ kind }) => kind))];
  return kinds
    .filter((kind) => kind !== '*' && !names.includes(kind))
    .map((kind) => {
      const elsewhere = served.find((each) => each.kind === kind);
      const nearest = elsewhere === undefined ? nearestOf(kind, names) : `${elsewhere.group}/${kind}`;
      return {
        code: 'UnknownKind',
        field: 'match.kinds',
        value: shown(`${apiGroups.filter((group) => group !== '').join('|')}/${kind}`.replace(/^\//, '')),
        allowed: 'a kind that this API server serves, as kubectl api-resources lists them',
        ...(nearest === undefined ? {} : { nearest: nearest.replace(/^\//, '') }),
      };
    });
}
