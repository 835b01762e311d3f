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
  /**
   * `data`, as JSON text; an instance reads it anew when the key is another one. In memory that threads share it is not
   * copied for each item of each review.
   */
  readonly data?: { readonly key: string; readonly json: Uint8Array };
}

export type ToWorker =
  | { readonly type: 'module'; readonly hash: string; readonly module: WebAssembly.Module }
  | { readonly type: 'forget'; readonly hash: string }
  | { readonly type: 'job'; readonly review: Uint8Array; readonly items: readonly Item[] };

/** Answers to some of a job's items. A message costs as much as a small policy, so that there are few of them. */
export interface FromWorker {
  readonly type: 'answers';
  /** Position in the job of the first item that is answered; the others follow it. */
  readonly from: number;
  readonly evaluations: readonly Evaluation[];
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
  /** One Int32, counted up when the thread has started and as each item begins, so that the main thread sees an item that does not end. */
  readonly progress: SharedArrayBuffer;
}
