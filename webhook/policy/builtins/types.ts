import type { Value } from '../value/value.ts';

/** What a built-in may know besides its arguments. One context serves one query: time stands still within it. */
export interface BuiltinContext {
  /** Nanoseconds since 1970 at which the query began. */
  readonly nowNanoseconds: bigint;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** What a built-in keeps for the rest of the query (OPA's `BuiltinContext.Cache`); keys begin with its name. */
  readonly cache: Map<string, unknown>;
  /** Patterns that were compiled for earlier queries (OPA keeps them likewise); absent: each query compiles its own. */
  readonly patterns?: Map<string, unknown>;
}

/**
 * A function of Rego that OPA's Wasm asks its host for. There are as many arguments as OPA declares, their types are
 * not checked yet: the compiler checks only what it can know.
 *
 * @returns undefined where OPA's result is undefined, as after any error of a built-in (OPA without strict mode).
 * @throws BuiltinError where OPA halts the built-in with an error; to the policy this too is undefined.
 */
export type Builtin = (args: readonly Value[], context: BuiltinContext) => Value | undefined;

/** What OPA would say about arguments that a built-in cannot take. */
export class BuiltinError extends Error {}
