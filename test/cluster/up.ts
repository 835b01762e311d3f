import type { KubeClient } from '../../kube/types.ts';
import { buildImage } from '../../manifests/images/build.ts';
import { exists, type Environment } from '../../manifests/images/cache.ts';
import { addressesOf, type Addresses } from './addresses.ts';
import { ensureBinaries, type BinaryPaths } from './binaries/build.ts';
import { clusterBinaries } from './binaries/table.ts';
import { processesIn } from './cgroups.ts';
import { loadImages, type ImageArchive } from './containerd.ts';
import type { Features } from './controlplane.ts';
import { down, reap } from './down.ts';
import { startGuard } from './guard.ts';
import { layoutOf, nodeLayout, type Layout } from './layout.ts';
import { createMachine, type Machine } from './machine.ts';
import { claimNumber } from './network.ts';
import { lastLines, logFile } from './processes.ts';
import { processIdentity, readRecords, whileChanging, writeRecord, type ClusterRecord } from './record.ts';
import { startCluster } from './startup.ts';

export interface ClusterOptions {
  readonly name: string;
  /** 1 or 2. */
  readonly nodes?: number;
  readonly features?: Partial<Features>;
  readonly proxyMode?: 'nftables' | 'iptables';
  /** Whether it stays when this process ends. */
  readonly persistent?: boolean;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

/** A cluster that answers, whose nodes are ready for pods. */
export interface Cluster {
  readonly name: string;
  readonly layout: Layout;
  readonly addresses: Addresses;
  readonly binaries: BinaryPaths;
  readonly kubeconfig: string;
  readonly client: KubeClient;
  /** The process that takes it down when this one ends; undefined for one that stays. */
  readonly guardPid: number | undefined;
  /** Those of the further nodes; the first one holds the control plane, and is not to be lost. */
  readonly machines: readonly Machine[];
  /** Brings images into every node. */
  load(images: readonly ImageArchive[]): Promise<void>;
  down(): Promise<void>;
}

/**
 * Brings a cluster up and resolves when its nodes are ready and its DNS is published. Clusters of dead owners are
 * taken down first. On failure all that was made is taken down again.
 *
 * @throws Error when a program ends by itself or the deadline passes, with the end of the logs that matter.
 */
export async function up(options: ClusterOptions): Promise<Cluster> {
  const { name, environment, report } = options;
  const layout = layoutOf(name, environment);
  for (const reaped of await reap(environment)) report(`took down ${reaped}, left by a run that is gone`);
  const binaries = await ensureBinaries(clusterBinaries, { environment, report });
  const pause = await buildImage('pause', { environment, report });
  const record = await claim(options, layout);
  const addresses = addressesOf(record.number, record.nodeNames.length);
  const guardPid = record.owner === undefined ? undefined : startGuard(environment);
  try {
    const features: Features = { featureGates: [], runtimeConfig: [], ...options.features };
    const proxyMode = options.proxyMode ?? 'nftables';
    const start = {
      layout,
      number: record.number,
      addresses,
      binaries,
      pause,
      features,
      proxyMode,
      environment,
      report,
    };
    const client = await startCluster(start);
    return {
      name,
      layout,
      addresses,
      binaries,
      client,
      guardPid,
      kubeconfig: layout.kubeconfig,
      machines: addresses.nodes.slice(1).map((node) => createMachine(node, client, start)),
      load: async (images) => await loadImages(images, layout, record.nodeNames, binaries, environment),
      down: async () => await down(record, environment),
    };
  } catch (error) {
    const logs = await Promise.all(
      ['apiserver', 'node1-kubelet', 'node1-containerd'].map(async (program) => {
        const path = logFile(layout, program);
        return `--- ${path}\n${await lastLines(path)}`;
      }),
    );
    await down(record, environment);
    throw new Error(`cluster ${name} did not come up\n${logs.join('\n')}`, { cause: error });
  }
}

/** Takes the name and a number for a cluster, and notes both before anything else is made. */
async function claim({ name, nodes, persistent, environment }: ClusterOptions, layout: Layout): Promise<ClusterRecord> {
  return await whileChanging(environment, async () => {
    if ((await readRecords(environment)).some((record) => record.name === name)) {
      throw new Error(`cluster ${name} is up already; take it down first: npm run cluster -- down --name ${name}`);
    }
    if (await isTaken(layout)) {
      throw new Error(`a cluster ${name} is up from another cache (REMORA_CACHE); choose another name with --name`);
    }
    const number = await claimNumber(environment);
    const nodeNames = addressesOf(number, nodes ?? 1).nodes.map((node) => node.name);
    const owner = persistent === true ? undefined : await processIdentity('self');
    const record: ClusterRecord = { name, number, nodeNames, ...(owner === undefined ? {} : { owner }) };
    await writeRecord(layout, record);
    return record;
  });
}

/** Names of control groups and network namespaces are the machine's, whichever cache a cluster was started from. */
async function isTaken(layout: Layout): Promise<boolean> {
  const { networkNamespace } = nodeLayout(layout, 'node1');
  return (await exists(`/run/netns/${networkNamespace}`)) || (await processesIn(layout.cgroup)).length > 0;
}
