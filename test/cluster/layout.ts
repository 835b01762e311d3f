import { join } from 'node:path';
import { cacheRoot, type Environment } from '../../manifests/images/cache.ts';

/** Where one cluster keeps what it has, and what its parts are called on this machine. */
export interface Layout {
  readonly name: string;
  readonly folder: string;
  /** What is needed to take the cluster down again; written before anything is made. */
  readonly record: string;
  readonly kubeconfig: string;
  readonly logs: string;
  readonly pki: string;
  /** Name of the cgroup that holds all of the cluster's processes, in each hierarchy. */
  readonly cgroup: string;
}

export interface NodeLayout {
  readonly folder: string;
  readonly networkNamespace: string;
  readonly containerdSocket: string;
  readonly containerdState: string;
  readonly podLogs: string;
  readonly cgroup: string;
}

/** Twenty characters at most: the name is part of paths of unix sockets, which hold 107 bytes. */
const validName = /^[a-z][a-z0-9-]{0,19}$/;

/** All clusters of this machine that share a cache. */
export function runFolder(environment: Environment): string {
  return join(cacheRoot(environment), 'run');
}

/** @throws Error when the name cannot be one of a network namespace and a folder. */
export function layoutOf(name: string, environment: Environment): Layout {
  if (!validName.test(name)) {
    throw new Error(`"${name}" cannot be a cluster's name: at most 20 of a-z, 0-9 and "-", a letter first`);
  }
  const folder = join(runFolder(environment), name);
  return {
    name,
    folder,
    record: join(folder, 'cluster.json'),
    kubeconfig: join(folder, 'kubeconfig'),
    logs: join(folder, 'logs'),
    pki: join(folder, 'pki'),
    cgroup: `remora-${name}`,
  };
}

export function nodeLayout(layout: Layout, node: string): NodeLayout {
  const folder = join(layout.folder, node);
  return {
    folder,
    networkNamespace: `remora-${layout.name}-${node}`,
    containerdSocket: join(folder, 'containerd.sock'),
    containerdState: join(folder, 'state'),
    podLogs: join(folder, 'podlogs'),
    cgroup: `${layout.cgroup}/${node}`,
  };
}
