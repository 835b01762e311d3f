/**
 * What the parts of policy/ say to each other. Everything here is plain data that can be posted to a worker thread.
 *
 * A policy's author is whoever may write a ConfigMap in the policy's namespace: all texts below are theirs.
 */

/** What a violation does. `scoped` actions of Gatekeeper are resolved to one of these before evaluation. */
export type Enforcement = 'deny' | 'warn' | 'dryrun';

/** Whether a request passes when its policy cannot answer: it ran away, or was lost. */
export type OnFailure = 'allow' | 'deny';

/** Versions of the Rego language (OPA 1.0 made v1 the default). */
export type RegoVersion = 'v0' | 'v1';

/** One Rego file of a policy, named as its key in the ConfigMap. */
export interface RegoFile {
  readonly name: string;
  readonly text: string;
}

/**
 * What is compiled to one Wasm module: the `*.rego` keys of a native policy without its tests, or the Rego of one
 * Gatekeeper template with its libs.
 */
export interface ModuleSource {
  /** Files in the order of their names; libs of a template are named `lib-0.rego`, …. */
  readonly files: readonly RegoFile[];
  readonly regoVersion: RegoVersion;
  /** Paths below `data.`, with slashes: `shop/owner/deny`. At least one. */
  readonly entrypoints: readonly string[];
}

/** Tests of a native policy's author (`*_test.rego`), run with its files when the ConfigMap is written. */
export interface TestSource extends ModuleSource {
  readonly tests: readonly RegoFile[];
}

/** A mistake in Rego, as OPA found it. Lines and columns count from 1; 0 where OPA names none. */
export interface RegoProblem {
  readonly code:
    'InvalidRego' | 'ForbiddenBuiltin' | 'RegoTestFailed' | 'CompileLimit' | 'PolicyTooLarge' | 'CompilerUnavailable';
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

/** What evaluating one entrypoint for one request came to. */
export type Evaluation =
  | { readonly outcome: 'evaluated'; readonly violations: readonly Violation[] }
  | {
      readonly outcome: 'failed';
      /** `PolicyTimeout`, `PolicyMemory`, `PolicyOutput` (too large, or of another shape), `PolicyBroken`. */
      readonly code: 'PolicyTimeout' | 'PolicyMemory' | 'PolicyOutput' | 'PolicyBroken';
      readonly message: string;
    };
