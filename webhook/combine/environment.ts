import { canonicalVariable } from '../plan/canonical.ts';
import type { EnvVar } from '../plan/pod.ts';
import type { EnvironmentAddition } from '../plan/types.ts';

export interface CombinedEnvironment {
  /** The same list when nothing was to add. */
  readonly env: readonly EnvVar[];
  /** Names of the variables that are ours, in whole or in part. */
  readonly added: readonly string[];
}

/**
 * Ensures variables in a container's `env`.
 *
 * The user's variables keep their order, and their values but for the list-like ones, which get our entry. A variable
 * that has our value already counts as ours, so that a second pass says the same as the first. Where a name stands
 * twice, the last one takes effect, and is the one that is merged.
 */
export function ensureEnvironment(
  current: readonly EnvVar[],
  additions: readonly EnvironmentAddition[],
): CombinedEnvironment {
  let env = current;
  const added: string[] = [];
  for (const addition of additions) {
    const next = addition.how === 'set' ? set(env, addition) : merge(env, addition);
    if (next === undefined) continue;
    env = next;
    added.push(nameOf(addition));
  }
  return { env, added };
}

export function nameOf(addition: EnvironmentAddition): string {
  return addition.how === 'set' ? addition.variable.name : addition.name;
}

type Addition<How extends EnvironmentAddition['how']> = Extract<EnvironmentAddition, { readonly how: How }>;

/** The list with the variable; undefined when the user has one of their own. */
function set(env: readonly EnvVar[], { variable, before }: Addition<'set'>): readonly EnvVar[] | undefined {
  const existing = env.findLast(({ name }) => name === variable.name);
  if (existing !== undefined) return canonicalVariable(existing) === canonicalVariable(variable) ? env : undefined;
  const at = before === undefined ? -1 : env.findLastIndex(({ name }) => name === before);
  return at < 0 ? [...env, variable] : env.toSpliced(at, 0, variable);
}

/** The list with our entry in the variable; undefined when its value comes from elsewhere and cannot be merged. */
function merge(env: readonly EnvVar[], { name, merge: mergeValue }: Addition<'merge'>): readonly EnvVar[] | undefined {
  const at = env.findLastIndex((variable) => variable.name === name);
  const existing = env[at];
  if (existing === undefined) return [...env, { name, value: mergeValue(undefined) }];
  if (existing.valueFrom) return undefined;
  const value = mergeValue(existing.value ?? '');
  return value === (existing.value ?? '') ? env : env.with(at, { ...existing, value });
}
