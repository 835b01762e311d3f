import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalText } from '../plan/canonical.ts';
import type { SealedInjected } from '../plan/injected.ts';
import type { Pod } from '../plan/pod.ts';
import type { SealKey } from './keys.ts';
import { annotationParts, boundTo, injectedParts } from './parts.ts';
import type { Part } from './parts.ts';

/** Format of the sealed message; another one would be `v2`. */
const format = 'v1';

/** A seal as it stands in the annotation `remora.dev/seal`: `v1.<key id>.<base64url HMAC-SHA256>`. */
export interface Seal {
  readonly keyId: string;
  readonly mac: Buffer;
}

/**
 * Seals a pod that holds what `injected` says and carries the annotation that says so.
 *
 * The HMAC covers format, plan version, whom it is bound to (namespace, ServiceAccount, controlling owner), whether
 * the pod is on the host's network (on which skips depend), every `remora.dev/*` annotation but the seal, and the
 * injected parts in canonical form. Who has read them already gives `parts`.
 * https://www.rfc-editor.org/rfc/rfc2104
 */
export function seal(
  pod: Pod,
  namespace: string,
  injected: SealedInjected,
  key: SealKey,
  parts: readonly Part[] = injectedParts(pod, injected.adds),
): string {
  return `${format}.${key.id}.${macOf(pod, namespace, injected, key, parts).toString('base64url')}`;
}

export function parseSeal(text: string): Seal | undefined {
  const match = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{43})$/.exec(text);
  if (match === null) return undefined;
  const [, keyId = '', mac = ''] = match;
  return { keyId, mac: Buffer.from(mac, 'base64url') };
}

/** Compares in constant time, so that no one learns a right seal byte by byte. */
export function isSealOf(written: Seal, pod: Pod, namespace: string, injected: SealedInjected, key: SealKey): boolean {
  return timingSafeEqual(written.mac, macOf(pod, namespace, injected, key, injectedParts(pod, injected.adds)));
}

function macOf(pod: Pod, namespace: string, injected: SealedInjected, key: SealKey, parts: readonly Part[]): Buffer {
  const texts = (named: readonly Part[]): unknown => named.map(({ label, text }) => [label, text ?? null]);
  const message = canonicalText([
    format,
    injected.plan,
    boundTo(pod, namespace),
    pod.spec.hostNetwork === true,
    texts(annotationParts(pod)),
    texts(parts),
  ]);
  return createHmac('sha256', key.secret).update(message).digest();
}
