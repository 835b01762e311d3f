import type { Environment } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { clusterNumbers, type Addresses, type NodeAddresses } from './addresses.ts';
import { nodeLayout, type Layout } from './layout.ts';

/** Each node's interface in its namespace; the first node's is the bridge that joins them all. */
const nodeDevice = 'nodes';

/** The first node's end of the link to this machine. */
const hostDevice = 'host';

/** This machine's end of the link into cluster `number`. */
function linkName(number: number): string {
  return `remora${number}`;
}

/** The words after `nsenter` that start a program inside a network namespace. */
export function inNamespace(namespace: string): readonly string[] {
  // Not `ip netns exec`: it mounts /sys anew and so hides the control groups from the kubelet.
  return [`--net=/run/netns/${namespace}`, '--'];
}

/**
 * Claims the lowest free number by making the link that carries it: the kernel lets only one process have it.
 *
 * @throws Error when every number is taken.
 */
export async function claimNumber(environment: Environment): Promise<number> {
  for (let number = 0; number < clusterNumbers; number += 1) {
    const link = linkName(number);
    try {
      await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}-peer`], environment);
      return number;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('File exists'))) throw error;
    }
  }
  throw new Error(`${clusterNumbers} clusters are up already; take one down: npm run cluster -- list`);
}

/**
 * Makes a namespace per node, joined by a bridge, with no way out: the default route ends at the bridge. This machine
 * reaches the first node over a link of its own, which it does not forward, and on which nothing inside can begin a
 * connection.
 */
export async function buildNetwork(
  layout: Layout,
  number: number,
  addresses: Addresses,
  environment: Environment,
): Promise<void> {
  const namespaces = addresses.nodes.map(({ name }) => nodeLayout(layout, name).networkNamespace);
  const first = namespaces[0] ?? '';
  const lines = [
    ...namespaces.map((namespace) => `netns add ${namespace}`),
    ...linkLines(first, number, addresses),
    `-n ${first} link add ${nodeDevice} type bridge`,
    ...namespaces.slice(1).flatMap((namespace, at) => cableLines(first, namespace, at)),
    ...addresses.nodes.flatMap((node, at) => nodeLines(namespaces[at] ?? '', node, addresses)),
  ];
  for (const line of lines) {
    await run('ip', line.split(' '), environment);
  }
  for (const namespace of namespaces) {
    const forward = ['sysctl', '-qw', 'net.ipv4.ip_forward=1'];
    await run('nsenter', [...inNamespace(namespace), ...forward], environment);
  }
  await run('nsenter', [...inNamespace(first), 'nft', fence], environment);
}

/** Removes what `claimNumber` and `buildNetwork` made, as much of it as there is. */
export async function removeNetwork(
  layout: Layout,
  number: number,
  nodeNames: readonly string[],
  environment: Environment,
): Promise<void> {
  // The link goes first, by its own name: what is in a deleted namespace goes only some time after it.
  const words = [
    ['link', 'del', linkName(number)],
    ...nodeNames.map((node) => ['netns', 'del', nodeLayout(layout, node).networkNamespace]),
  ];
  for (const command of words) {
    await run('ip', command, environment).catch((error: unknown) => {
      if (!(error instanceof Error && /Cannot find|No such file/.test(error.message))) throw error;
    });
  }
}

/** The link between this machine and the first node. */
function linkLines(
  first: string,
  number: number,
  { hostAddress, apiAddress, linkPrefix }: Addresses,
): readonly string[] {
  const link = linkName(number);
  return [
    `link set ${link}-peer netns ${first} name ${hostDevice}`,
    `link set ${link} addrgenmode none`,
    `addr add ${hostAddress}/${linkPrefix} dev ${link}`,
    `link set ${link} up`,
    `-n ${first} link set ${hostDevice} addrgenmode none`,
    `-n ${first} addr add ${apiAddress}/${linkPrefix} dev ${hostDevice}`,
    `-n ${first} link set ${hostDevice} up`,
  ];
}

/** The bridge's end of a further node's cable; `at` counts the further nodes from 0. */
function cableName(at: number): string {
  return `cable${at + 2}`;
}

/** Pulls a further node's cable out of the bridge, or puts it back; what runs on the node notices no more than that. */
export async function setCable(
  layout: Layout,
  { nodes }: Addresses,
  node: string,
  state: 'up' | 'down',
  environment: Environment,
): Promise<void> {
  const at = nodes.findIndex(({ name }) => name === node) - 1;
  if (at < 0) throw new Error(`${node} has no cable: only a further node does`);
  const first = nodeLayout(layout, nodes[0]?.name ?? '').networkNamespace;
  await run('ip', ['-n', first, 'link', 'set', cableName(at), state], environment);
}

/** The cable from a further node to the bridge. */
function cableLines(first: string, namespace: string, at: number): readonly string[] {
  const cable = cableName(at);
  return [
    `link add ${cable} netns ${first} type veth peer name ${nodeDevice} netns ${namespace}`,
    `-n ${first} link set ${cable} master ${nodeDevice}`,
    `-n ${first} link set ${cable} up`,
  ];
}

function nodeLines(namespace: string, node: NodeAddresses, { nodes, nodePrefix }: Addresses): readonly string[] {
  const first = nodes[0] ?? node;
  const others = nodes.filter((other) => other !== node);
  return [
    'link set lo up',
    `addr add ${node.address}/${nodePrefix} dev ${nodeDevice}`,
    `link set ${nodeDevice} up`,
    // Without a default route kube-proxy and the kubelet refuse to start.
    node === first ? `route add default dev ${nodeDevice}` : `route add default via ${first.address}`,
    ...others.map((other) => `route add ${other.podRange} via ${other.address}`),
  ].map((line) => `-n ${namespace} ${line}`);
}

/** Lets only answers leave towards this machine: nothing that runs in the cluster can reach its services. */
const fence = [
  'add table inet fence',
  ...['output', 'forward'].flatMap((hook) => [
    `add chain inet fence ${hook} { type filter hook ${hook} priority filter; }`,
    `add rule inet fence ${hook} oifname "${hostDevice}" ct state != established drop`,
  ]),
].join('\n');
