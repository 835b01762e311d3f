/** A Go module of this folder: all of its binaries come from one go.mod, so that they belong together. */
export type Group = 'etcd' | 'containerd' | 'kubernetes' | 'coredns' | 'helm' | 'collector' | 'opa' | 'containerd-2.0';

/** One program that is built from the Go module proxy. */
export interface Binary {
  /** File name in the cache. */
  readonly name: string;
  /** Folder with the go.mod beside this file. */
  readonly group: Group;
  /** Package path within that module's build list. */
  readonly package: string;
  /** The version that a person knows it by; part of the cache's folder name. */
  readonly version: string;
  readonly ldflags: string;
}

const kubernetesVersion = '1.37.2';
const small = '-s -w';

/** Without these `kubectl version` and the API server's /version would say v0.0.0, and Helm would refuse charts. */
const stamped = [
  small,
  `-X k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=37',
  '-X k8s.io/component-base/version.gitTreeState=clean',
].join(' ');

function kubernetes(name: string): Binary {
  return {
    name,
    group: 'kubernetes',
    package: `k8s.io/kubernetes/cmd/${name}`,
    version: kubernetesVersion,
    ldflags: stamped,
  };
}

function containerd(name: string): Binary {
  return {
    name,
    group: 'containerd',
    package: `github.com/containerd/containerd/v2/cmd/${name}`,
    version: '2.4.2',
    ldflags: small,
  };
}

/** A runtime that is older than what mounts image volumes (2.1), for a node that lags behind its cluster. */
function olderContainerd(name: string, program: string): Binary {
  return {
    name,
    group: 'containerd-2.0',
    package: `github.com/containerd/containerd/v2/cmd/${program}`,
    version: '2.0.14',
    ldflags: small,
  };
}

/** Every binary, in the order in which a cold machine builds them: what most depends on comes first. */
export const binaries: readonly Binary[] = [
  { name: 'etcd', group: 'etcd', package: 'go.etcd.io/etcd/server/v3', version: '3.7.3', ldflags: small },
  containerd('containerd'),
  containerd('containerd-shim-runc-v2'),
  containerd('ctr'),
  kubernetes('kube-apiserver'),
  kubernetes('kube-controller-manager'),
  kubernetes('kube-scheduler'),
  kubernetes('kubelet'),
  kubernetes('kube-proxy'),
  kubernetes('kubectl'),
  { name: 'coredns', group: 'coredns', package: 'github.com/coredns/coredns', version: '1.15.0', ldflags: small },
  { name: 'helm', group: 'helm', package: 'helm.sh/helm/v4/cmd/helm', version: '4.3.1', ldflags: small },
  { name: 'collector', group: 'collector', package: '.', version: '0.155.0', ldflags: small },
  { name: 'opa', group: 'opa', package: 'github.com/open-policy-agent/opa', version: '1.22.2', ldflags: small },
  olderContainerd('containerd-2.0', 'containerd'),
  olderContainerd('containerd-2.0-shim-runc-v2', 'containerd-shim-runc-v2'),
];

/** Groups that are built only when something asks for them. */
const onDemand: readonly Group[] = ['helm', 'collector', 'opa', 'containerd-2.0'];

/** What a cluster cannot start without. */
export const clusterBinaries: readonly string[] = binaries
  .filter((binary) => !onDemand.includes(binary.group))
  .map((binary) => binary.name);
