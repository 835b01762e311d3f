/** What the load generator is asked to do; given as JSON on its standard input. */
export interface LoadJob {
  readonly port: number;
  readonly path: string;
  /** PEM of the certificate to trust. */
  readonly ca: string;
  readonly serverName: string;
  /** File with one request body a line. */
  readonly bodiesFile: string;
  /** What the answer to each body must contain; they begin anew when there are fewer than bodies. */
  readonly proofs: readonly string[];
  /** What no answer may contain. */
  readonly refutation?: string;
  readonly connections: number;
  /** Requests a second, sent at their due time whether or not earlier ones were answered; 0: as fast as answers come. */
  readonly rate: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** What it measured, without the warm-up; written as JSON on its standard output. */
export interface LoadResult {
  readonly requests: number;
  /** Requests sent in all, warm-up included: what the server's CPU time is divided by. */
  readonly sent: number;
  /** Answers that were not HTTP 200, or not what was asked for. */
  readonly failures: number;
  readonly firstFailure?: string;
  readonly seconds: number;
  /**
   * Milliseconds. At a fixed rate counted from the moment that a request was due, so that a stall of the server is
   * paid by every request that it held up (no coordinated omission).
   */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Part of one core that the generator itself used; near 1 it, and not the server, was the limit. */
  readonly ownCpu: number;
}
