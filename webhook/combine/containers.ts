import { canonicalMount } from '../plan/canonical.ts';
import type { Container, Pod, VolumeMount } from '../plan/pod.ts';
import type { Additions, ContainerAdditions } from '../plan/types.ts';
import { ensureEnvironment } from './environment.ts';

/** What was added to one container: names of variables, paths of mounts. */
export interface AddedToContainer {
  readonly name: string;
  readonly env: readonly string[];
  readonly mounts: readonly string[];
}

export interface CombinedContainers {
  readonly containers: readonly Container[];
  readonly added: readonly AddedToContainer[];
}

/** Ensures what the features want in the containers of one list; untouched containers stay the same objects. */
export function ensureInContainers(
  containers: Pod['spec']['containers'],
  plans: readonly Additions[],
): CombinedContainers {
  const added: AddedToContainer[] = [];
  const next = containers.map((container) => {
    const wanted = plans.flatMap((plan) => plan.containers.filter((addition) => addition.container === container.name));
    if (wanted.length === 0) return container;
    const ensured = ensureInContainer(container, wanted);
    added.push(ensured.added);
    return ensured.container;
  });
  const isSame = next.every((container, index) => container === containers[index]);
  return { containers: isSame ? containers : next, added };
}

function ensureInContainer(
  container: Container,
  wanted: readonly ContainerAdditions[],
): { readonly container: Container; readonly added: AddedToContainer } {
  const oldEnv = container.env ?? [];
  const { env, added } = ensureEnvironment(
    oldEnv,
    wanted.flatMap((addition) => addition.environment),
  );
  const oldMounts = container.volumeMounts ?? [];
  const wantedMounts = wanted.flatMap((addition) => addition.mounts);
  const missing = wantedMounts.filter((mount) => !oldMounts.some((old) => isSameMount(old, mount)));
  const next: Container = {
    ...container,
    ...(env === oldEnv ? {} : { env }),
    ...(missing.length === 0 ? {} : { volumeMounts: [...oldMounts, ...missing] }),
  };
  return {
    container: env === oldEnv && missing.length === 0 ? container : next,
    added: { name: container.name, env: added, mounts: wantedMounts.map(({ mountPath }) => mountPath) },
  };
}

function isSameMount(left: VolumeMount, right: VolumeMount): boolean {
  return left.mountPath === right.mountPath && canonicalMount(left) === canonicalMount(right);
}
