import type { Environment } from '../../manifests/images/cache.ts';

export interface SoakContext {
  /** All that is random in a soak comes from it, so that a failure can be run again. */
  readonly seed: number;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

export interface SoakResult {
  readonly passed: boolean;
  /** What was seen, in figures and lists that a person reads: it is kept as JSON. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Each file of this folder that `npm run soak -- <name>` may name exports one as `soak`. */
export type Soak = (context: SoakContext) => Promise<SoakResult>;
