import type { Authority, Root } from './authority.ts';
import type { CertificateTimes } from './config.ts';
import { skewMs } from './config.ts';
import type { ReadCertificate } from './pem.ts';

/** What is seen of the cluster, as far as decisions need it. */
export interface Observed {
  /**
   * Since when both webhook configurations have carried a root, by its fingerprint; absent while one does not.
   * Kept by the process that decides: after a restart it counts anew, which only delays.
   */
  readonly carriedSince: ReadonlyMap<string, number>;
}

export type AuthorityStep =
  | { readonly step: 'none' }
  /** There is no usable root: make one, and go on trusting what is served with now. */
  | { readonly step: 'create' }
  /** The active root is past two thirds of its life: make the next one, and let everyone trust it. */
  | { readonly step: 'introduce' }
  | { readonly step: 'switch' | 'retire'; readonly authority: Authority };

/** Two thirds of a life; the skew before it does not count. */
function renewAt({ notBefore, notAfter }: ReadCertificate): number {
  const madeAt = notBefore + skewMs;
  return madeAt + ((notAfter - madeAt) * 2) / 3;
}

function isCarried(root: Root, observed: Observed, now: number, overlapMs: number): boolean {
  const since = observed.carriedSince.get(root.read.fingerprint);
  return since !== undefined && now - since >= overlapMs;
}

/**
 * The next step of a root's life. Each step leaves what is served with verifiable by every bundle that is out:
 * a root is trusted everywhere for `overlapMs` before it signs, and stays trusted until its last leaf has expired.
 */
export function decideAuthority(
  authority: Authority | undefined,
  now: number,
  times: CertificateTimes,
  observed: Observed,
): AuthorityStep {
  if (authority === undefined || authority.active.read.notAfter <= now) return { step: 'create' };
  const { active, next, previous } = authority;
  if (next !== undefined && isCarried(next, observed, now, times.overlapMs)) {
    // A leaf that was being issued while this was decided may still come from the old root: hence the overlap.
    const retired = { read: active.read, retireAt: now + times.leafMs + times.overlapMs };
    return { step: 'switch', authority: { active: next, previous: [...previous, retired] } };
  }
  const kept = previous.filter(({ retireAt }) => retireAt > now);
  if (kept.length < previous.length) return { step: 'retire', authority: { ...authority, previous: kept } };
  return next === undefined && now >= renewAt(active.read) ? { step: 'introduce' } : { step: 'none' };
}

export type LeafStep =
  | { readonly step: 'none' }
  | { readonly step: 'issue'; readonly why: 'Missing' | 'Expired' | 'NotYetValid' | 'Names' | 'Issuer' | 'Age' };

function issueReason(
  leaf: ReadCertificate | undefined,
  { active }: Authority,
  names: readonly string[],
  now: number,
): Extract<LeafStep, { step: 'issue' }>['why'] | undefined {
  if (leaf === undefined) return 'Missing';
  if (leaf.notAfter <= now) return 'Expired';
  if (leaf.notBefore > now) return 'NotYetValid';
  if (names.some((name) => leaf.x509.checkHost(name, { wildcards: false }) === undefined)) return 'Names';
  if (!leaf.x509.verify(active.read.x509.publicKey)) return 'Issuer';
  return now >= renewAt(leaf) ? 'Age' : undefined;
}

/**
 * Whether to issue a serving certificate now. One that can still be served with is only replaced when both webhook
 * configurations have carried the root that signs the new one for the overlap.
 */
export function decideLeaf(
  leaf: ReadCertificate | undefined,
  authority: Authority,
  names: readonly string[],
  now: number,
  times: CertificateTimes,
  observed: Observed,
): LeafStep {
  const why = issueReason(leaf, authority, names, now);
  if (why === undefined) return { step: 'none' };
  const canServe = why === 'Issuer' || why === 'Age';
  return canServe && !isCarried(authority.active, observed, now, times.overlapMs)
    ? { step: 'none' }
    : { step: 'issue', why };
}

/** When to look again though nothing changed: the earliest moment at which a decision above may turn. */
export function nextLook(
  authority: Authority,
  leaf: ReadCertificate | undefined,
  now: number,
  overlapMs: number,
): number {
  const times = [
    renewAt(authority.active.read),
    ...(leaf === undefined ? [] : [renewAt(leaf)]),
    ...authority.previous.map(({ retireAt }) => retireAt),
    // A step that waits for its overlap.
    now + Math.max(overlapMs / 4, 250),
  ];
  return Math.min(...times.filter((time) => time > now));
}
