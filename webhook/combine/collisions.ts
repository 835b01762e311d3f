import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { canonicalContainer, canonicalMount, canonicalVariable, canonicalVolume } from '../plan/canonical.ts';
import { reservedPrefix } from '../plan/injected.ts';
import { pathsOverlap } from '../plan/paths.ts';
import type { Container, Pod } from '../plan/pod.ts';
import type { Additions, ContainerAdditions, EnvironmentAddition } from '../plan/types.ts';
import { nameOf } from './environment.ts';
import { isSameContainer, isSameVolume } from './parts.ts';

/** Problems of features that want different things in one place. Neither is preferred: the pod is refused. */
export function featureCollisions(plans: readonly Additions[]): readonly Problem[] {
  return plans.flatMap((left, index) => plans.slice(index + 1).flatMap((right) => collisionsOf(left, right)));
}

/**
 * Problems of a pod that uses names which are kept for what Remora injects, and does not mean exactly that.
 *
 * Written by the pod's author, or by another webhook.
 */
export function reservedNames({ spec }: Pod, plans: readonly Additions[]): readonly Problem[] {
  const volumes = plans.flatMap((plan) => plan.volumes);
  const initContainers = plans.flatMap((plan) => plan.initContainers.map(({ container }) => container));
  const reserved = ({ name }: { readonly name: string }): boolean => name.startsWith(reservedPrefix);
  const everyContainer = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...(spec.volumes ?? [])
      .filter((volume) => reserved(volume) && !volumes.some((wanted) => isSameVolume(volume, wanted)))
      .map(({ name }) => reservedName('spec.volumes', name)),
    ...(spec.initContainers ?? [])
      .filter(
        (container) => reserved(container) && !initContainers.some((wanted) => isSameContainer(container, wanted)),
      )
      .map(({ name }) => reservedName('spec.initContainers', name)),
    ...spec.containers.filter(reserved).map(({ name }) => reservedName('spec.containers', name)),
    ...everyContainer
      .filter((container) => !reserved(container))
      .flatMap((container) => foreignMounts(container, plans)),
  ];
}

/** Mounts of injected volumes that no plan gave this container. */
function foreignMounts({ name, volumeMounts }: Container, plans: readonly Additions[]): readonly Problem[] {
  const suspects = (volumeMounts ?? []).filter((mount) => mount.name.startsWith(reservedPrefix));
  if (suspects.length === 0) return [];
  const wanted = plans
    .flatMap((plan) => plan.containers.filter(({ container }) => container === name))
    .flatMap(({ mounts }) => mounts.map(canonicalMount));
  return suspects
    .filter((mount) => !wanted.includes(canonicalMount(mount)))
    .map((mount) => reservedName(`volumeMounts of container ${shown(name)}`, mount.name));
}

function collisionsOf(left: Additions, right: Additions): readonly Problem[] {
  const collide = (what: string): Problem => ({
    code: 'FeatureCollision',
    field: what,
    value: `${left.feature}, ${right.feature}`,
    allowed: 'one of the two features; switch the other off',
  });
  return [
    ...left.volumes
      .filter((volume) => right.volumes.some((other) => differs(volume, other, canonicalVolume)))
      .map(({ name }) => collide(`volume ${name}`)),
    ...left.initContainers
      .filter(({ container }) =>
        right.initContainers.some((other) => differs(container, other.container, canonicalContainer)),
      )
      .map(({ container: { name } }) => collide(`init container ${name}`)),
    ...left.containers.flatMap((additions) =>
      right.containers
        .filter(({ container }) => container === additions.container)
        .flatMap((other) => collisionsInContainer(additions, other).map(collide)),
    ),
  ];
}

function collisionsInContainer(left: ContainerAdditions, right: ContainerAdditions): readonly string[] {
  const variables = left.environment.filter((addition) =>
    right.environment.some((other) => nameOf(other) === nameOf(addition) && !canStandTogether(addition, other)),
  );
  const mounts = left.mounts.filter((mount) =>
    right.mounts.some(
      (other) => pathsOverlap(mount.mountPath, other.mountPath) && canonicalMount(mount) !== canonicalMount(other),
    ),
  );
  return [
    ...variables.map((addition) => `environment variable ${nameOf(addition)} of container ${left.container}`),
    ...mounts.map(({ mountPath }) => `mount at ${mountPath} of container ${left.container}`),
  ];
}

/** Two merges each add their entry; two sets have to agree. */
function canStandTogether(left: EnvironmentAddition, right: EnvironmentAddition): boolean {
  if (left.how === 'merge' || right.how === 'merge') return left.how === right.how;
  return canonicalVariable(left.variable) === canonicalVariable(right.variable);
}

function differs<T extends { readonly name: string }>(left: T, right: T, canonical: (part: T) => string): boolean {
  return left.name === right.name && canonical(left) !== canonical(right);
}

function reservedName(field: string, name: string): Problem {
  return {
    code: 'ReservedName',
    field,
    value: shown(name),
    allowed: `a name without the prefix "${reservedPrefix}", which is kept for what Remora injects`,
  };
}
