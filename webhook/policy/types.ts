/**
 * What the parts of policy/ say to each other. Everything here is plain data that can be posted to a worker thread.
 *
 * A policy's author is whoever may write a ConfigMap in the policy's namespace: all texts below are theirs.
 */

export type {
  Enforcement,
  ModuleSource,
  OnFailure,
  RegoFile,
  RegoVersion,
  TestSource,
} from '../../settings/policies/types.ts';

/** A mistake in Rego, as OPA found it. Lines and columns count from 1; 0 where OPA names none. */
export interface RegoProblem {
  readonly code:
    | 'InvalidRego'
    | 'InvalidRule'
    | 'MissingRule'
    | 'ForbiddenBuiltin'
    | 'RegoTestFailed'
    | 'CompileLimit'
    | 'PolicyTooLarge'
    | 'CompilerBusy'
    | 'CompilerUnavailable';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** OPA's own message, `rego_unsafe_var_error: var x is unsafe`. */
  readonly message: string;
  /** The offending line, when there is one; cut to 200 characters. */
  readonly source: string;
}

/** A compiled module; equal sources compiled by one version of OPA give equal bytes, and so an equal hash. */
export interface CompiledModule {
  /** SHA-256, hex, over source, entrypoints, Rego version and the compiler's version: known before compiling. */
  readonly hash: string;
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly entrypoints: readonly string[];
}

/** One violation that a rule produced. */
export interface Violation {
  /** As the author wrote it, word for word; long ones are cut only when they are shown. */
  readonly message: string;
  /** `details` of Gatekeeper, `patch` (JSON Patch) of a native policy, and whatever else the object carried. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What evaluating one entrypoint for one request came to; how long it took, where it was measured. */
export type Evaluation = { readonly tookMs?: number } & (
  | { readonly outcome: 'evaluated'; readonly violations: readonly Violation[] }
  | {
      readonly outcome: 'failed';
      /** `PolicyOutput`: too large, or of another shape. `ExpansionFailed`: what it was to judge could not be made. */
      readonly code: 'PolicyTimeout' | 'PolicyMemory' | 'PolicyOutput' | 'PolicyBroken' | 'ExpansionFailed';
      readonly message: string;
    }
);
