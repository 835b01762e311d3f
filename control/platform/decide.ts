/** What one node says of itself in `status.nodeInfo`. */
export interface NodeVersions {
  readonly name: string;
  /** `v1.37.2`, `v1.34.1+k3s1`. */
  readonly kubelet: string;
  /** `containerd://2.1.0`, `cri-o://1.34.0`. */
  readonly runtime: string;
}

/** What the API server itself can do, found by a dry-run pod whose fields survive or do not. */
export interface ApiServerFindings {
  readonly imageVolumes: boolean;
}

/** What `remora-platform` says; the webhook reads the booleans, people the rest. */
export interface Platform {
  readonly imageVolumes: boolean;
  readonly oldestKubelet: string;
  /** For each feature that the cluster lacks: why, naming what stands in the way. */
  readonly reasons: Readonly<Record<string, string>>;
}

type Version = readonly [number, number];

/** `v1.37.2-eks-1` -> [1, 37]; undefined when there is no version in it. */
function versionIn(text: string): Version | undefined {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

function isAtLeast(version: Version | undefined, [major, minor]: Version): boolean {
  return version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));
}

/**
 * The first version of each part that can mount an image volume without being told to.
 *
 * Kubelet: KEP-4639, on by default since 1.35. containerd: 2.1. CRI-O: 1.31.
 */
const imageVolumes = { kubelet: [1, 35], runtimes: { containerd: [2, 1], 'cri-o': [1, 31] } } as const;

/** Why a node cannot mount image volumes, or undefined when it can. A runtime that we do not know cannot. */
function lacksImageVolumes({ name, kubelet, runtime }: NodeVersions): string | undefined {
  if (!isAtLeast(versionIn(kubelet), imageVolumes.kubelet)) return `node ${name} runs kubelet ${kubelet}; needs 1.35`;
  const [kind = '', version = ''] = runtime.split('://', 2);
  const needed = Object.entries(imageVolumes.runtimes).find(([known]) => known === kind)?.[1];
  if (needed === undefined) return `node ${name} runs ${runtime}, which is not known to mount images`;
  return isAtLeast(versionIn(version), needed) ? undefined : `node ${name} runs ${runtime}; needs ${needed.join('.')}`;
}

function oldest(nodes: readonly NodeVersions[]): string {
  const byAge = nodes.toSorted((left, right) => {
    const [a, b] = [versionIn(left.kubelet) ?? [0, 0], versionIn(right.kubelet) ?? [0, 0]];
    return a[0] - b[0] || a[1] - b[1];
  });
  return byAge[0]?.kubelet ?? 'none';
}

/** What every part of the cluster can do together: a feature that one node lacks is a feature that pods must not need. */
export function decidePlatform(server: ApiServerFindings, nodes: readonly NodeVersions[]): Platform {
  const reason = server.imageVolumes
    ? nodes.map(lacksImageVolumes).find((found) => found !== undefined)
    : 'the API server drops image volumes from pods';
  const isEmpty = nodes.length === 0 ? 'the cluster has no node yet' : undefined;
  const missing = reason ?? isEmpty;
  return {
    imageVolumes: missing === undefined,
    oldestKubelet: oldest(nodes),
    reasons: missing === undefined ? {} : { imageVolumes: missing },
  };
}
