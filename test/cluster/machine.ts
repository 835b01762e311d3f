import { readdir, rm, stat } from 'node:fs/promises';
import type { KubeClient } from '../../kube/types.ts';
import type { NodeAddresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { processesIn, removeGroups } from './cgroups.ts';
import { importImage, type ImageArchive } from './containerd.ts';
import { killAll, removeShimSockets, unmountAll } from './down.ts';
import { nodeLayout, type NodeLayout } from './layout.ts';
import { setCable } from './network.ts';
import { startNode, startRuntime } from './node.ts';
import { start } from './processes.ts';
import type { ClusterStart } from './startup.ts';

export interface PowerOn {
  /** Programs that it runs instead of the cluster's own: `{containerd: path}`. */
  readonly binaries?: BinaryPaths;
  /** What is on its disk before its first pod: there is no registry to pull from. */
  readonly images?: readonly ImageArchive[];
}

/** The machine of a further node, and what can happen to it. */
export interface Machine {
  /** The node's name: `node2`. */
  readonly name: string;
  readonly layout: NodeLayout;
  /** Pulls its cable: what runs on it goes on, and nothing gets in or out. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Kills all that runs on it at once, pods included. Its disk stays as it was; mounts and sockets do not. */
  powerOff(): Promise<void>;
  /** Empties its disk: what starts next is another machine of the same name. */
  wipe(): Promise<void>;
  /** Starts it; resolves when its node is Ready. @throws Error when it is not within a minute. */
  powerOn(options?: PowerOn): Promise<void>;
}

export function createMachine(node: NodeAddresses, client: KubeClient, options: ClusterStart): Machine {
  const { layout, addresses, environment } = options;
  const own = nodeLayout(layout, node.name);
  return {
    name: node.name,
    layout: own,
    cut: async () => await setCable(layout, addresses, node.name, 'down', environment),
    mend: async () => await setCable(layout, addresses, node.name, 'up', environment),
    powerOff: async () => {
      await killAll(node.name, async () => await processesOn(own));
      await removeShimSockets([own]);
      await unmountAll(own.folder, environment);
      await removeGroups(own.cgroup);
      await rm(own.containerdState, { recursive: true, force: true });
      await rm(own.containerdSocket, { force: true });
    },
    wipe: async () => await rm(own.folder, { recursive: true, force: true }),
    powerOn: async ({ binaries = {}, images = [] } = {}) => {
      const started: ClusterStart = { ...options, binaries: { ...options.binaries, ...binaries } };
      const begin = async (program: Parameters<typeof start>[0]): ReturnType<typeof start> =>
        await start(program, layout, environment);
      await startRuntime(node, started, begin);
      for (const image of images) await importImage(image, own, started.binaries, environment);
      await startNode(node, client, started, begin);
    },
  };
}

/**
 * All that runs on a node: its programs and their shims share its network namespace; pods have namespaces of their own
 * and are in its control group.
 */
async function processesOn({ networkNamespace, cgroup }: NodeLayout): Promise<readonly number[]> {
  const { ino } = await stat(`/run/netns/${networkNamespace}`);
  const found = new Set(await processesIn(cgroup));
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const namespace = await stat(`/proc/${pid}/ns/net`).catch(() => undefined);
    if (namespace?.ino === ino) found.add(Number(pid));
  }
  return [...found];
}
