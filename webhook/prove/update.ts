import { shown } from '../../runtime/problem.ts';
import { injectedAnnotation, readInjected, sealAnnotation } from '../plan/injected.ts';
import type { Inventory } from '../plan/injected.ts';
import type { Container, Pod } from '../plan/pod.ts';
import { annotationParts, injectedParts } from './parts.ts';
import type { Part } from './parts.ts';
import { proved, unproved } from './proof.ts';
import type { Proof } from './proof.ts';
import { proveEphemeral } from './reserved.ts';

/**
 * Proves that an update of a pod leaves what was injected alone.
 *
 * Old and new are compared, so keys are not needed and no pod outlives its proof. What a user may change anyway
 * (labels, tolerations, an image of their own, owners that are adopted or orphaned) is nobody's business here, and a
 * pod that is being deleted is never held. In a pod that was never injected the annotations of the proof may not
 * appear: they would say what is not so.
 */
export function proveUpdated(old: Pod, pod: Pod): Proof {
  if (pod.metadata.deletionTimestamp !== undefined) return proved;
  const text = old.metadata.annotations?.[injectedAnnotation];
  const sealed = pod.metadata.annotations?.[sealAnnotation] === old.metadata.annotations?.[sealAnnotation];
  if (!sealed) return unproved('SealBroken', `annotation "${sealAnnotation}" is Remora's and stays as it is`);
  if (text === undefined) {
    return pod.metadata.annotations?.[injectedAnnotation] === undefined
      ? proved
      : unproved('SealBroken', `annotation "${injectedAnnotation}" is Remora's and is not added later`);
  }
  const inventory = readInjected(text)?.adds ?? nothing;
  const changed = firstChange(partsOf(old, inventory), partsOf(pod, inventory));
  if (changed !== undefined) {
    return unproved('SealBroken', `${shown(changed)} was settled when the pod was created and stays as it is`);
  }
  return proveEphemeral(added(old, pod), inventory.volumes);
}

const nothing: Inventory = { volumes: [], initContainers: [], containers: [] };

function partsOf(pod: Pod, inventory: Inventory): readonly Part[] {
  return [...annotationParts(pod), ...injectedParts(pod, inventory)];
}

/** Label of the first part that differs, or that only one of the two has. */
function firstChange(before: readonly Part[], after: readonly Part[]): string | undefined {
  const texts = new Map(after.map(({ label, text }) => [label, text]));
  const labels = new Set(before.map(({ label }) => label));
  return (
    before.find(({ label, text }) => !texts.has(label) || texts.get(label) !== text)?.label ??
    after.find(({ label }) => !labels.has(label))?.label
  );
}

/** Ephemeral containers can only be added; those that are there were proved before. */
function added(old: Pod, pod: Pod): readonly Container[] {
  const before = new Set((old.spec.ephemeralContainers ?? []).map(({ name }) => name));
  return (pod.spec.ephemeralContainers ?? []).filter(({ name }) => !before.has(name));
}
