import { canonicalContainer, canonicalVolume } from '../plan/canonical.ts';
import type { Container, Volume } from '../plan/pod.ts';
import type { Additions, InitContainerAddition, Phase } from '../plan/types.ts';

const phases: Readonly<Record<Phase, number>> = { network: 0, files: 1, secrets: 2 };

/** Every feature's volumes, each once. */
export function wantedVolumes(plans: readonly Additions[]): readonly Volume[] {
  return onceByName(plans.flatMap(({ volumes }) => volumes));
}

/** Every feature's init containers in the order of their phases, each once. */
export function wantedInitContainers(plans: readonly Additions[]): readonly Container[] {
  const additions: readonly InitContainerAddition[] = plans.flatMap(({ initContainers }) => initContainers);
  const ordered = additions.toSorted((left, right) => phases[left.phase] - phases[right.phase]);
  return onceByName(ordered.map(({ container }) => container));
}

/** Puts missing volumes behind the user's. */
export function ensureVolumes(current: readonly Volume[], wanted: readonly Volume[]): readonly Volume[] {
  const missing = without(wanted, current);
  return missing.length === 0 ? current : [...current, ...missing];
}

/** Init containers of which there is no namesake yet; they go in front of everyone else's. */
export function missingInitContainers(
  current: readonly Container[],
  wanted: readonly Container[],
): readonly Container[] {
  return without(wanted, current);
}

export function isSameVolume(left: Volume, right: Volume): boolean {
  return left.name === right.name && canonicalVolume(left) === canonicalVolume(right);
}

export function isSameContainer(left: Container, right: Container): boolean {
  return left.name === right.name && canonicalContainer(left) === canonicalContainer(right);
}

/** What of `wanted` has no namesake; namesakes of other content were refused before. */
function without<T extends { readonly name: string }>(wanted: readonly T[], current: readonly T[]): readonly T[] {
  const names = new Set(current.map(({ name }) => name));
  return wanted.filter(({ name }) => !names.has(name));
}

function onceByName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}
