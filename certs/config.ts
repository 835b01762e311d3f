/** Lives of what certs/ makes, in milliseconds; all follow from the chart's `certificates`. */
export interface CertificateTimes {
  readonly leafMs: number;
  readonly rootMs: number;
  /** How long a bundle or a key must be out before anything that needs it is used. */
  readonly overlapMs: number;
  readonly sealMs: number;
}

/** Certificates are valid from before they are made, for API servers whose clock is behind. */
export const skewMs = 5 * 60_000;

/**
 * Completes what the chart says. The overlap covers the time that API servers and replicas take to hear of a change,
 * which is seconds; for the short lives of tests it shrinks with them.
 */
export function certificateTimes(leafMs: number, rootMs: number, sealMs: number): CertificateTimes {
  return { leafMs, rootMs, sealMs, overlapMs: Math.min(5 * 60_000, leafMs / 6, sealMs / 6) };
}

/**
 * The shortest life of a root for a life of its leaves: a root is replaced at two thirds of its life, and the last
 * third must hold a whole leaf and the overlap before it.
 */
export function shortestRootMs(leafMs: number): number {
  return 4 * leafMs;
}
