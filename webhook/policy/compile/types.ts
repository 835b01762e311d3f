import type { PolicyWarning } from '../../../settings/policies/types.ts';
import type { CompiledModule, ModuleSource, RegoFile, RegoProblem, TestSource } from '../types.ts';

/** A native policy's Rego before anybody has read it: which rules it answers with and its Rego version are to be found. */
export interface NativeSource {
  /** Without tests, in the order of their names. */
  readonly files: readonly RegoFile[];
  /** Package to ask, `shop.owner`; undefined when the only package that defines a rule to ask is meant. */
  readonly package: string | undefined;
}

export type Compiled =
  | {
      readonly outcome: 'compiled';
      readonly module: CompiledModule;
      /** What was compiled, with the version and entrypoints that were found; tests run with it. */
      readonly source: ModuleSource;
      readonly warnings: readonly PolicyWarning[];
    }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

export type Tested =
  /** `count` is 0 when the files hold no test. */
  | { readonly outcome: 'passed'; readonly count: number }
  | { readonly outcome: 'refused'; readonly problems: readonly RegoProblem[] };

/** What one compilation (or run of tests) may take. All are written by the chart's admin. */
export interface CompileLimits {
  /** CPU of one process, in whole seconds. */
  readonly cpuSeconds: number;
  /** Private memory of one process (RLIMIT_DATA), in bytes; Go needs 96 MiB to start. */
  readonly memoryBytes: number;
  /** All processes of one compilation together, by the clock. */
  readonly wallMs: number;
  /** One test of an author. */
  readonly testMs: number;
  /** What a process may print. */
  readonly outputBytes: number;
  /** A file that a process may write: the bundle with the module. */
  readonly fileBytes: number;
  /** Compilations of one namespace that may wait. */
  readonly waitingPerOwner: number;
  /** Compilations that may wait in all. */
  readonly waiting: number;
}

/** Enough for a policy of some hundred rules, and it fits into the webhook's memory beside all else. */
export const defaultLimits: CompileLimits = {
  cpuSeconds: 5,
  memoryBytes: 256 * 1024 * 1024,
  wallMs: 8_000,
  testMs: 2_000,
  outputBytes: 8 * 1024 * 1024,
  fileBytes: 32 * 1024 * 1024,
  waitingPerOwner: 64,
  waiting: 256,
};

/**
 * Compiles Rego by the real `opa`, one process at a time. Every outcome of a policy's text is a value, never an
 * exception. `owner` is the namespace of the policy: owners take turns. `signal` takes the job back, for instance when
 * the API server no longer waits for its answer.
 *
 * Codes that say nothing about the text, so that another attempt may do better: `CompilerBusy` (past the bounds of the
 * queue, taken back, draining) and `CompilerUnavailable` (no OPA, no room on the disk).
 */
export interface Compiler {
  /** Version of OPA, `1.22.2`: a part of every hash. */
  readonly version: string;
  compile(source: ModuleSource | NativeSource, owner: string, signal?: AbortSignal): Promise<Compiled>;
  /** Runs the author's tests. The source must have been compiled before. */
  test(source: TestSource, owner: string, signal?: AbortSignal): Promise<Tested>;
  /** Takes no more jobs, refuses those that wait, stops the one that runs, and resolves when it is gone. */
  drain(): Promise<void>;
}
