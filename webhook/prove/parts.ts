import { hash } from 'node:crypto';
import {
  canonicalContainer,
  canonicalMount,
  canonicalText,
  canonicalVariable,
  canonicalVolume,
} from '../plan/canonical.ts';
import { lastVariable } from '../plan/environment.ts';
import { sealAnnotation } from '../plan/injected.ts';
import type { BoundTo, Inventory } from '../plan/injected.ts';
import { controllerOf } from '../plan/owner.ts';
import { pathsOverlap } from '../plan/paths.ts';
import type { Container, Pod } from '../plan/pod.ts';

/** One sealed part of a pod, with the words in which a refusal names it. `text` is undefined when it is not there. */
export interface Part {
  readonly label: string;
  /** Parts are compared by group where only digests of them are left. */
  readonly group: string;
  readonly text: string | undefined;
}

/** Whom a pod's seal is bound to. An absent ServiceAccount is `default`, as the API server has it. */
export function boundTo(pod: Pod, namespace: string): BoundTo {
  return {
    namespace,
    serviceAccountName: pod.spec.serviceAccountName || 'default',
    owner: controllerOf(pod.metadata)?.uid ?? '',
  };
}

/**
 * The parts of a pod that an inventory names, as they are now.
 *
 * For a variable it is the one that takes effect. For a mount it is every mount in that place, so that none can be
 * laid over ours; for a volume it is also who mounts it, so that no other container reads or changes what is in it.
 */
export function injectedParts(pod: Pod, inventory: Inventory): readonly Part[] {
  const { volumes, initContainers, containers } = pod.spec;
  const everyContainer = [...(initContainers ?? []), ...containers];
  const byName = new Map(everyContainer.map((container) => [container.name, container]));
  return [
    ...inventory.volumes.map((name): Part => {
      const volume = volumes?.find((candidate) => candidate.name === name);
      const text = volume === undefined ? undefined : canonicalVolume(volume);
      return { label: `volume "${name}"`, group: 'volumes', text };
    }),
    ...inventory.volumes.map((name): Part => {
      const label = `who mounts volume "${name}"`;
      return { label, group: 'volumes', text: canonicalText(mountsOf(everyContainer, name)) };
    }),
    ...inventory.initContainers.map((name): Part => {
      const container = initContainers?.find((candidate) => candidate.name === name);
      const text = container === undefined ? undefined : canonicalContainer(container);
      return { label: `init container "${name}"`, group: 'initContainers', text };
    }),
    ...inventory.containers.flatMap(({ names, env, mounts }) =>
      names.flatMap((name) => containerParts(name, byName.get(name), env, mounts)),
    ),
  ];
}

/** Every `remora.dev/*` annotation but the seal: settings that were read, and what was done. */
export function annotationParts({ metadata }: Pod): readonly Part[] {
  return Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key.startsWith('remora.dev/') && key !== sealAnnotation)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, text]) => ({ label: `annotation "${key}"`, group: 'annotations', text }));
}

/** Digest per group of parts, short: they only choose the words of a refusal, and the seal covers them. */
export function digestParts(parts: readonly Part[]): Readonly<Record<string, string>> {
  const groups = new Map<string, string[]>();
  for (const { group, text } of parts) groups.set(group, [...(groups.get(group) ?? []), canonicalText(text)]);
  return Object.fromEntries([...groups].map(([group, texts]) => [group, digest(texts)]));
}

function digest(texts: readonly string[]): string {
  return hash('sha256', canonicalText(texts), 'base64url').slice(0, 8);
}

function containerParts(
  name: string,
  container: Container | undefined,
  env: readonly string[],
  mounts: readonly string[],
): readonly Part[] {
  const group = `container/${name}`;
  return [
    ...env.map((variable): Part => {
      const found = lastVariable(container?.env ?? [], variable);
      const text = found === undefined ? undefined : canonicalVariable(found);
      return { label: `environment variable ${variable} of container "${name}"`, group, text };
    }),
    ...mounts.map((path): Part => {
      const there = (container?.volumeMounts ?? []).filter(({ mountPath }) => pathsOverlap(mountPath, path));
      const text = there.length === 0 ? undefined : canonicalText(there.map(canonicalMount).sort());
      return { label: `mount at ${path} of container "${name}"`, group, text };
    }),
  ];
}

/** Pairs of container and path, in an order that does not depend on the order of the containers. */
function mountsOf(containers: readonly Container[], volume: string): readonly string[] {
  return containers
    .flatMap(({ name, volumeMounts }) =>
      (volumeMounts ?? []).filter((mount) => mount.name === volume).map((mount) => `${name} ${canonicalMount(mount)}`),
    )
    .sort();
}
