import { resources } from '../../../../kube/resources.ts';
import type { KubeObject } from '../../../../kube/types.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import type { Check } from './check.ts';
import { restartControl } from './lease.ts';
import { valueOf } from './outcome.ts';
import type { World } from './world.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** ConfigMaps that control fills, and their keys. */
const keys = { 'remora-platform': 'platform.json', 'remora-images': 'images.json' } as const;
type Finding = keyof typeof keys;

const writtenMs = 60_000;

/** The text of a finding; undefined while nothing was written. */
export async function findingIn({ cluster, namespace }: World, name: Finding): Promise<string | undefined> {
  const { data } = valueOf(await cluster.client.get<ConfigMap>(resources.configMaps, { namespace, name }));
  return data?.[keys[name]];
}

async function restartWithout(world: World, name: Finding): Promise<void> {
  const { cluster, namespace } = world;
  valueOf(await cluster.client.mergePatch(resources.configMaps, { namespace, name }, { data: null }));
  await restartControl(world);
}

/** Restarts control, and resolves when it has written what it found: from then on it only hears of changes. */
export async function restartUntilWritten(world: World, name: Finding): Promise<void> {
  await restartWithout(world, name);
  await attemptUntil(`${name} is written`, writtenMs, () => findingIn(world, name));
}

export function writesFinding(name: Finding): Check {
  return {
    shows: `control writes ${name}`,
    provokedBy: `${name} is emptied, and remora-control restarted`,
    recovers: 'by itself',
    provoke: async (world) => {
      await restartWithout(world, name);
      return {
        seen: async () => ((await findingIn(world, name)) === undefined ? undefined : `${name} is written`),
        lines: world.control.lines,
      };
    },
  };
}

export const hearsOfNodes: Check = {
  shows: 'control looks again when a node joins, and names an old one in remora-platform',
  provokedBy: 'remora-control is restarted; then a node with an old kubelet joins',
  recovers: 'by itself',
  provoke: async (world) => {
    const { cluster, control } = world;
    await restartUntilWritten(world, 'remora-platform');
    const name = world.fresh('old-node');
    const nodeInfo = { kubeletVersion: 'v1.30.0', containerRuntimeVersion: 'containerd://1.7.0' };
    // As a kubelet registers itself; nothing is ever scheduled there.
    const node = { metadata: { name }, spec: { unschedulable: true }, status: { nodeInfo } };
    valueOf(await cluster.client.create(resources.nodes, node));
    return {
      seen: async () => {
        const text = await findingIn(world, 'remora-platform');
        return text?.includes(name) === true ? text : undefined;
      },
      lines: control.lines,
      close: async () => {
        valueOf(await cluster.client.delete(resources.nodes, { name }));
      },
    };
  },
};
