import { mkdir } from 'node:fs/promises';
import type { KubeClient, KubeObject, ResourceType } from '../../kube/types.ts';
import type { Environment } from '../../manifests/images/cache.ts';
import { systemTimer } from '../../runtime/clock.ts';
import type { Addresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { makeGroups } from './cgroups.ts';
import { clientOf } from './connect.ts';
import type { ImageArchive } from './containerd.ts';
import { componentKubeconfig, controlPlane, type Features } from './controlplane.ts';
import { prepareDns, publishDns } from './dns.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Layout } from './layout.ts';
import { buildNetwork } from './network.ts';
import { readyDeadlineMs, startNode, startRuntime, type Begin } from './node.ts';
import { kubeletIdentity, writePki } from './pki.ts';
import { programsGroup, start, type Program, type Started } from './processes.ts';
import { watchUntil } from './watch.ts';

/** All that a cluster is started from. */
export interface ClusterStart {
  readonly layout: Layout;
  /** The claimed number of its link to this machine. */
  readonly number: number;
  readonly addresses: Addresses;
  readonly binaries: BinaryPaths;
  readonly pause: ImageArchive;
  readonly features: Features;
  readonly proxyMode: 'nftables' | 'iptables';
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

const serviceAccounts: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts' };

/**
 * Starts every program of a cluster, as much at once as their needs allow, and resolves when its nodes are ready.
 *
 * @throws Error when a program ends by itself, or something is not ready within a minute.
 */
export async function startCluster(options: ClusterStart): Promise<KubeClient> {
  const { layout, addresses, binaries, features, environment, report } = options;
  const startedAt = performance.now();
  const say = (event: string): void => {
    report(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${event}`);
  };
  const failures: Promise<never>[] = [];
  const begin = async (program: Program): Promise<Started> => {
    const started = await start(program, layout, environment);
    failures.push(started.failure);
    return started;
  };

  await mkdir(layout.logs, { recursive: true });
  await Promise.all([
    buildNetwork(layout, options.number, addresses, environment),
    makeGroups(programsGroup(layout)),
    writePki(layout.pki, addresses, systemTimer.now()).then(async () => await writeKubeconfigs(layout, addresses)),
  ]);
  say('network and certificates');

  const plane = controlPlane(layout, addresses, binaries, features);
  await Promise.all([begin(plane.etcd), begin(plane.apiserver)]);
  const client = await clientOf(layout.kubeconfig);
  const runtimes = addresses.nodes.map(async (node) => await startRuntime(node, options, begin));
  await Promise.race([apiReady(client), ...failures]);
  say('API server');

  await Promise.all([begin(plane.controllerManager), begin(plane.scheduler), startDns(options, begin)]);
  await Promise.race([Promise.all(runtimes), ...failures]);
  const nodes = addresses.nodes.map(async (node) => await startNode(node, client, options, begin));
  const first = addresses.nodes.slice(0, 1).map(async (node) => await publishDns(client, node));
  await Promise.race([Promise.all([...nodes, ...first, defaultAccount(client)]), ...failures]);
  say(addresses.nodes.length === 1 ? 'node' : 'nodes');
  return client;
}

async function writeKubeconfigs(layout: Layout, addresses: Addresses): Promise<void> {
  const common = { cluster: layout.name, pki: layout.pki };
  const inside = `https://${addresses.nodes[0]?.address ?? ''}:6443`;
  const nodes = addresses.nodes.map(({ name }) => kubeletIdentity(name));
  const identities = ['controller-manager', 'scheduler', 'proxy', 'coredns', ...nodes];
  await Promise.all([
    writeKubeconfig(layout.kubeconfig, {
      ...common,
      server: `https://${addresses.apiAddress}:6443`,
      identity: 'admin',
    }),
    ...identities.map(async (identity) => {
      await writeKubeconfig(componentKubeconfig(layout, identity), { ...common, server: inside, identity });
    }),
  ]);
}

/** Ready is when the API server's own start-up is done: RBAC roles, priority classes, the kubernetes Service. */
async function apiReady(client: KubeClient): Promise<void> {
  const deadline = systemTimer.now() + readyDeadlineMs;
  for (;;) {
    const outcome = await client.raw('/readyz');
    // The answer is the text "ok", which is no JSON.
    if (outcome.outcome === 'ok' || outcome.status === 200) return;
    if (systemTimer.now() > deadline) throw new Error(`the API server is not ready: ${outcome.message}`);
    await systemTimer.wait(50);
  }
}

async function startDns(options: ClusterStart, begin: Begin): Promise<void> {
  const [first] = options.addresses.nodes;
  if (first !== undefined) await begin(await prepareDns(options.layout, first, options.binaries));
}

/** Pods cannot be made before the controller manager has made the namespace's ServiceAccount. */
async function defaultAccount(client: KubeClient): Promise<void> {
  await watchUntil<KubeObject, true>({
    client,
    type: serviceAccounts,
    namespace: 'default',
    fieldSelector: 'metadata.name=default',
    what: 'the ServiceAccount default of the namespace default',
    deadlineMs: readyDeadlineMs,
    until: ([account]) => (account === undefined ? undefined : true),
  });
}
