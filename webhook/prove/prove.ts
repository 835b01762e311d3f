import { shown } from '../../runtime/problem.ts';
import { injectedAnnotation, planVersion, readInjected, sealAnnotation } from '../plan/injected.ts';
import type { SealedInjected } from '../plan/injected.ts';
import type { Pod } from '../plan/pod.ts';
import { keyById } from './keys.ts';
import type { SealKeys } from './keys.ts';
import { boundTo, digestParts, injectedParts } from './parts.ts';
import { unproved } from './proof.ts';
import type { Proof } from './proof.ts';
import { proveEphemeral, proveNames } from './reserved.ts';
import { isSealOf, parseSeal } from './seal.ts';

/**
 * Proves that a pod that is being created holds what the mutating webhook put in, and was put in for it.
 *
 * Ask only for pods in scope (`decideScope`). Nothing is planned again: a seal of a neighbouring plan version is as
 * good, since replicas of two versions answer during an upgrade and a downgrade.
 */
export function proveCreated(pod: Pod, namespace: string, keys: SealKeys): Proof {
  const annotations = pod.metadata.annotations ?? {};
  const text = annotations[injectedAnnotation];
  if (text === undefined) return unproved('NotInjected', notInjected(namespace));
  const sealText = annotations[sealAnnotation];
  if (sealText === undefined) {
    return unproved('SealMissing', `the pod says that it was injected, but ${sealAnnotation} is missing; ${recreate}`);
  }
  const written = parseSeal(sealText);
  const injected = readInjected(text);
  if (written === undefined) return unproved('SealBroken', `${sealAnnotation} is no seal; ${recreate}`);
  if (injected === undefined) return unproved('SealBroken', `${injectedAnnotation} was edited; ${recreate}`);
  if (Math.abs(injected.plan - planVersion) > 1) {
    const message = `the pod was injected by plan version ${injected.plan}, and this is ${planVersion}; ${recreate}`;
    return unproved('PlanVersionUnknown', message);
  }
  const key = keyById(keys, written.keyId);
  if (key === undefined) {
    return unproved(
      'SealKeyUnknown',
      `the seal's key ${written.keyId} is older than the two that are kept; ${recreate}`,
    );
  }
  if (!isSealOf(written, pod, namespace, injected, key)) return broken(pod, namespace, injected);
  const names = proveNames(pod, injected.adds);
  if (names.outcome === 'unproved') return names;
  return proveEphemeral(pod.spec.ephemeralContainers ?? [], injected.adds.volumes);
}

const recreate = 'create the pod again without annotations that Remora writes';

function notInjected(namespace: string): string {
  return (
    `pods of namespace ${shown(namespace)} are injected by Remora, and this one was not: its mutating webhook did not ` +
    'answer. Controllers try again by themselves; look at the pods of remora-webhook if it stays'
  );
}

/** Says why a seal does not fit, as far as the pod itself tells; the digests are only as good as their author. */
function broken(pod: Pod, namespace: string, injected: SealedInjected): Proof {
  const { boundTo: sealed, adds, digests } = injected;
  const actual = boundTo(pod, namespace);
  if (sealed.namespace !== actual.namespace) {
    const message = `the seal was made for namespace ${shown(sealed.namespace)}; ${recreate}`;
    return unproved('SealOfAnotherNamespace', message);
  }
  if (sealed.serviceAccountName !== actual.serviceAccountName || sealed.owner !== actual.owner) {
    const message = `the seal was made for a pod of another owner or ServiceAccount (${shown(sealed.serviceAccountName)}); ${recreate}`;
    return unproved('SealOfAnotherPod', message);
  }
  const parts = injectedParts(pod, adds);
  const missing = parts.find(({ text }) => text === undefined);
  if (missing !== undefined) return unproved('SealBroken', `${shown(missing.label)} was removed after injection`);
  const now = digestParts(parts);
  const group = Object.keys(now).find((name) => digests[name] !== now[name]);
  const what = group === undefined ? 'an annotation of Remora' : shown(group);
  return unproved('SealBroken', `${what} was changed after injection`);
}
