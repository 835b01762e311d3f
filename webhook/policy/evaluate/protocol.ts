import type { Evaluation } from '../types.ts';

/** One rule to evaluate for one review. */
export interface Item {
  /** Hash of a module that the pool was given. */
  readonly module: string;
  readonly entrypoint: string;
  /** `input` is the request with itself as `review` and with `parameters`, or `{review, parameters}` alone. */
  readonly input: 'native' | 'gatekeeper';
  /** JSON text. */
  readonly parameters: string;
  /** `data`, as JSON text; an instance reads it anew when the key is another one. */
  readonly data?: { readonly key: string; readonly json: string };
}

export type ToWorker =
  | { readonly type: 'module'; readonly hash: string; readonly module: WebAssembly.Module }
  | { readonly type: 'forget'; readonly hash: string }
  /** `from`: items before it were answered by a worker that is gone. */
  | { readonly type: 'job'; readonly review: Uint8Array; readonly items: readonly Item[]; readonly from: number };

export interface FromWorker {
  readonly type: 'answer';
  /** Position of the item in its job. */
  readonly at: number;
  readonly evaluation: Evaluation;
}

export interface WorkerLimits {
  /** Of one instance. */
  readonly instanceBytes: number;
  /** Of all instances of one worker that stay for the next review. */
  readonly keptBytes: number;
  readonly resultBytes: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly limits: WorkerLimits;
  /** One Int32, counted up as each item begins, so that the main thread sees an item that does not end. */
  readonly progress: SharedArrayBuffer;
}
