import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterNetwork, type NodeAddresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { componentKubeconfig, featureWords, type Features } from './controlplane.ts';
import type { NodeLayout, Layout } from './layout.ts';
import { kubeletIdentity } from './pki.ts';
import type { Program } from './processes.ts';

/** Writes a node's kubelet configuration and says how to start it and its kube-proxy. */
export async function prepareNode(
  layout: Layout,
  node: NodeAddresses,
  own: NodeLayout,
  binaries: BinaryPaths,
  features: Features,
  proxyMode: 'nftables' | 'iptables',
): Promise<{ readonly kubelet: Program; readonly proxy: Program }> {
  const config = join(own.folder, 'kubelet.json');
  await writeFile(config, JSON.stringify(kubeletConfig(join(layout.pki, 'ca.crt'), own), null, 2));
  const kubelet: Program = {
    name: `${node.name}-kubelet`,
    path: binaries['kubelet'] ?? '',
    words: [
      ...['--config', config, '--kubeconfig', componentKubeconfig(layout, kubeletIdentity(node.name))],
      ...['--hostname-override', node.name, '--node-ip', node.address],
      ...['--root-dir', join(own.folder, 'kubelet'), '--cert-dir', join(own.folder, 'kubelet-pki')],
      ...featureWords(features),
    ],
    networkNamespace: own.networkNamespace,
  };
  const proxy: Program = {
    name: `${node.name}-proxy`,
    path: binaries['kube-proxy'] ?? '',
    words: [
      ...['--kubeconfig', componentKubeconfig(layout, 'proxy'), '--hostname-override', node.name],
      ...['--proxy-mode', proxyMode, '--cluster-cidr', clusterNetwork.podRange],
      // The machine's limits on connection tracking are not this namespace's to change.
      ...['--conntrack-max-per-core', '0'],
      ...['--conntrack-tcp-timeout-established', '0', '--conntrack-tcp-timeout-close-wait', '0'],
      ...featureWords(features),
    ],
    networkNamespace: own.networkNamespace,
  };
  return { kubelet, proxy };
}

/** KubeletConfiguration (kubelet.config.k8s.io/v1beta1): all of the node's files are in its folder. */
export function kubeletConfig(authority: string, own: NodeLayout): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${own.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: ['pods'],
    containerRuntimeEndpoint: `unix://${own.containerdSocket}`,
    clusterDNS: [clusterNetwork.dnsService],
    clusterDomain: clusterNetwork.domain,
    resolvConf: '',
    podLogsDir: own.podLogs,
    volumePluginDir: join(own.folder, 'volume-plugins'),
    maxPods: 300,
    // hostPorts are the portmap plugin's; the kubelet's own chains serve only a kube-proxy in iptables mode.
    makeIPTablesUtilChains: true,
    // Disk pressure of a developer's machine is no reason to evict what is being tested.
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%', 'memory.available': '100Mi' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // Sooner than the defaults, so that what a test waits for is not the kubelet's next turn.
    syncFrequency: '10s',
    fileCheckFrequency: '5s',
    nodeStatusUpdateFrequency: '5s',
    serializeImagePulls: false,
    kubeAPIQPS: 200,
    kubeAPIBurst: 400,
    registryPullQPS: 0,
  };
}
