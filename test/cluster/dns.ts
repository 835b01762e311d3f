import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient, KubeObject, ResourceType } from '../../kube/types.ts';
import { clusterNetwork, type NodeAddresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { componentKubeconfig } from './controlplane.ts';
import { nodeLayout, type Layout } from './layout.ts';
import type { Program } from './processes.ts';

const services: ResourceType = { group: '', version: 'v1', plural: 'services' };
const endpointSlices: ResourceType = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };

/** CoreDNS as a program on the first node: pods reach it by the kube-dns Service, as in any cluster. */
export async function prepareDns(layout: Layout, node: NodeAddresses, binaries: BinaryPaths): Promise<Program> {
  const own = nodeLayout(layout, node.name);
  await mkdir(own.folder, { recursive: true });
  const config = join(own.folder, 'Corefile');
  await writeFile(config, corefile(node.address, componentKubeconfig(layout, 'coredns')));
  return {
    name: 'coredns',
    path: binaries['coredns'] ?? '',
    words: ['-conf', config],
    networkNamespace: own.networkNamespace,
  };
}

/** No cache: answers come from memory, and a name that a test just made must not stay unknown for a while. */
export function corefile(address: string, kubeconfig: string): string {
  return `.:53 {
  bind ${address}
  errors
  kubernetes ${clusterNetwork.domain} in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
    ttl 5
  }
  loadbalance
}
`;
}

/** Makes the kube-dns Service and points it at the node: it has no pods that a controller could find. */
export async function publishDns(client: KubeClient, node: NodeAddresses): Promise<void> {
  const metadata = { name: 'kube-dns', namespace: 'kube-system' };
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const service: KubeObject & { readonly spec: unknown } = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: { 'k8s-app': 'kube-dns' } },
    spec: { clusterIP: clusterNetwork.dnsService, ports },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kube-dns' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [node.address], conditions: { ready: true }, nodeName: node.name }],
    ports,
  };
  for (const [type, object] of [[services, service] as const, [endpointSlices, slice] as const]) {
    const outcome = await client.apply(type, object, { fieldManager: 'test-cluster' });
    if (outcome.outcome === 'failed') throw new Error(`kube-dns: ${outcome.code}: ${outcome.message}`);
  }
}
