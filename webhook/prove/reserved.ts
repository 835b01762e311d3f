import { shown } from '../../runtime/problem.ts';
import { reservedPrefix } from '../plan/injected.ts';
import type { Inventory } from '../plan/injected.ts';
import type { Container, Pod } from '../plan/pod.ts';
import { proved, unproved } from './proof.ts';
import type { Proof } from './proof.ts';

/** Looks for names with the reserved prefix that no plan gave: in an injected pod they would pass for ours. */
export function proveNames({ spec }: Pod, { volumes, initContainers }: Inventory): Proof {
  const reserved = (name: string): boolean => name.startsWith(reservedPrefix);
  const volume = spec.volumes?.find(({ name }) => reserved(name) && !volumes.includes(name));
  if (volume !== undefined) return reservedName('volume', volume.name);
  const container =
    spec.containers.find(({ name }) => reserved(name)) ??
    spec.initContainers?.find(({ name }) => reserved(name) && !initContainers.includes(name));
  return container === undefined ? proved : reservedName('container', container.name);
}

/**
 * Ephemeral containers are added to running pods by whoever may debug them. They may look at the application; what
 * Remora mounts (later: identities and secrets) is not theirs.
 */
export function proveEphemeral(containers: readonly Container[], injectedVolumes: readonly string[]): Proof {
  for (const { name, volumeMounts } of containers) {
    if (name.startsWith(reservedPrefix)) return reservedName('ephemeral container', name);
    const mount = volumeMounts?.find((candidate) => injectedVolumes.includes(candidate.name));
    if (mount !== undefined) {
      const message = `ephemeral container "${shown(name)}" mounts volume "${mount.name}", which Remora injected; leave that mount out`;
      return unproved('EphemeralContainerMountsInjectedVolume', message);
    }
  }
  return proved;
}

function reservedName(kind: string, name: string): Proof {
  const message = `${kind} "${shown(name)}" has the prefix "${reservedPrefix}", which is kept for what Remora injects; rename it`;
  return unproved('ReservedName', message);
}
