import { join } from 'node:path';
import { clusterNetwork, type Addresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { nodeLayout, type Layout } from './layout.ts';
import type { Program } from './processes.ts';

/** What a suite may turn on or off, to see what Remora does on other platforms. */
export interface Features {
  /** `ImageVolume=false`: for every component that knows feature gates. */
  readonly featureGates: readonly string[];
  /** `certificates.k8s.io/v1/podcertificaterequests=false`: of the API server. */
  readonly runtimeConfig: readonly string[];
}

/** The path of a component's kubeconfig. */
export function componentKubeconfig(layout: Layout, component: string): string {
  return join(layout.folder, `${component}.kubeconfig`);
}

/** `--feature-gates` with all of them, or nothing. */
export function featureWords(features: Features): readonly string[] {
  return features.featureGates.length === 0 ? [] : [`--feature-gates=${features.featureGates.join(',')}`];
}

/** etcd, API server, controller manager and scheduler, all on the first node. */
export function controlPlane(
  layout: Layout,
  addresses: Addresses,
  binaries: BinaryPaths,
  features: Features,
): Readonly<Record<'etcd' | 'apiserver' | 'controllerManager' | 'scheduler', Program>> {
  const first = addresses.nodes[0];
  const address = first?.address ?? '';
  const networkNamespace = nodeLayout(layout, first?.name ?? '').networkNamespace;
  const pki = (file: string): string => join(layout.pki, file);
  const program = (name: string, binary: string, words: readonly string[]): Program => ({
    name,
    path: binaries[binary] ?? binary,
    words,
    networkNamespace,
  });
  const etcd = 'http://127.0.0.1:2379';
  return {
    etcd: program('etcd', 'etcd', [
      ...['--data-dir', join(layout.folder, 'etcd'), '--unsafe-no-fsync'],
      ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd],
      ...['--listen-peer-urls', 'http://127.0.0.1:2380'],
    ]),
    apiserver: program('apiserver', 'kube-apiserver', [
      ...['--etcd-servers', etcd, '--advertise-address', address],
      ...['--service-cluster-ip-range', clusterNetwork.serviceRange],
      ...['--service-account-issuer', `https://kubernetes.default.svc.${clusterNetwork.domain}`],
      ...['--service-account-key-file', pki('tokens.pub'), '--service-account-signing-key-file', pki('tokens.key')],
      ...['--client-ca-file', pki('ca.crt')],
      ...['--tls-cert-file', pki('apiserver.crt'), '--tls-private-key-file', pki('apiserver.key')],
      ...['--kubelet-client-certificate', pki('admin.crt'), '--kubelet-client-key', pki('admin.key')],
      '--kubelet-preferred-address-types=InternalIP',
      ...['--authorization-mode', 'Node,RBAC', '--enable-admission-plugins', 'NodeRestriction'],
      '--allow-privileged',
      ...features.runtimeConfig.map((entry) => `--runtime-config=${entry}`),
      ...featureWords(features),
    ]),
    controllerManager: program('controller-manager', 'kube-controller-manager', [
      ...['--kubeconfig', componentKubeconfig(layout, 'controller-manager')],
      '--use-service-account-credentials',
      ...['--service-account-private-key-file', pki('tokens.key'), '--root-ca-file', pki('ca.crt')],
      ...['--cluster-signing-cert-file', pki('ca.crt'), '--cluster-signing-key-file', pki('ca.key')],
      '--leader-elect=false',
      ...featureWords(features),
    ]),
    scheduler: program('scheduler', 'kube-scheduler', [
      ...['--kubeconfig', componentKubeconfig(layout, 'scheduler'), '--leader-elect=false'],
      ...featureWords(features),
    ]),
  };
}
