import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../manifests/images/cache.ts';
import { exists } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import type { NodeAddresses } from './addresses.ts';
import type { BinaryPaths } from './binaries/build.ts';
import { nodeLayout, type Layout, type NodeLayout } from './layout.ts';
import type { Program } from './processes.ts';

/** The folder of Debian's containernetworking-plugins. */
const pluginFolder = '/usr/lib/cni';

/** Writes the configuration of a node's containerd and pod network, and says how to start it. */
export async function prepareContainerd(
  node: NodeAddresses,
  layout: NodeLayout,
  binaries: BinaryPaths,
  pauseImage: string,
): Promise<Program> {
  await mkdir(join(layout.folder, 'cni'), { recursive: true });
  const config = join(layout.folder, 'containerd.toml');
  await writeFile(config, containerdConfig(layout, binaries['containerd-shim-runc-v2'] ?? '', pauseImage));
  await writeFile(join(layout.folder, 'cni', '10-bridge.conflist'), JSON.stringify(podNetwork(node, layout)));
  return {
    name: `${node.name}-containerd`,
    path: binaries['containerd'] ?? '',
    words: ['--config', config],
    networkNamespace: layout.networkNamespace,
    searchFirst: dirname(binaries['containerd-shim-runc-v2'] ?? ''),
  };
}

/** Configuration version 3 of containerd 2. All that it keeps or mounts is in the node's folder. */
export function containerdConfig(layout: NodeLayout, shim: string, pauseImage: string): string {
  return `version = 3
root = '${layout.folder}/containerd'
state = '${layout.containerdState}'
disabled_plugins = [
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.differ.v1.erofs',
  'io.containerd.nri.v1.nri',
  'io.containerd.tracing.processor.v1.otlp',
]
[grpc]
  address = '${layout.containerdSocket}'
[ttrpc]
  address = '${layout.containerdSocket}.ttrpc'
[plugins.'io.containerd.internal.v1.opt']
  path = '${layout.folder}/opt'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${pauseImage}'
[plugins.'io.containerd.cri.v1.runtime']
  # A negative oom score takes CAP_SYS_RESOURCE, which a container's root may lack.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  # 2.1 has the first of these names, 2.0 the second; each passes over the other.
  bin_dirs = ['${pluginFolder}']
  bin_dir = '${pluginFolder}'
  conf_dir = '${layout.folder}/cni'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
  runtime_path = '${shim}'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = false
  Root = '${layout.containerdState}/runc'
`;
}

/** One bridge per node; pods reach each other by routes, without masquerading. */
export function podNetwork(node: NodeAddresses, layout: NodeLayout): unknown {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: node.podRange, gateway: node.podGateway }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(layout.folder, 'ipam'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** An image as an archive on this machine (OCI layout or Docker's). */
export interface ImageArchive {
  readonly archive: string;
  /** Named in full: `docker.io/remora/remora:0.1.0`. */
  readonly reference: string;
  /** Of the image's manifest; absent where it is not known. */
  readonly digest?: string;
}

/** Brings an image into a node's containerd; one that is there already with the same digest costs nothing. */
export async function importImage(
  image: ImageArchive,
  layout: NodeLayout,
  binaries: BinaryPaths,
  environment: Environment,
): Promise<void> {
  const ctr = async (...words: readonly string[]): Promise<string> =>
    await run(
      binaries['ctr'] ?? '',
      ['--address', layout.containerdSocket, '--namespace', 'k8s.io', 'images', ...words],
      environment,
    );
  if (image.digest !== undefined) {
    const listed = await ctr('list', `name==${image.reference}`);
    if (listed.includes(image.digest)) return;
    // The kubelet's side of containerd does not take up a name that moves to another image by itself.
    if (listed.includes(image.reference)) await ctr('remove', image.reference);
  }
  if (!(await exists(image.archive))) {
    throw new Error(`${image.reference}: there is no ${image.archive}`);
  }
  await ctr('import', '--local', image.archive);
}

/** Brings images into every named node. */
export async function loadImages(
  images: readonly ImageArchive[],
  layout: Layout,
  nodeNames: readonly string[],
  binaries: BinaryPaths,
  environment: Environment,
): Promise<void> {
  const nodes = nodeNames.map((name) => nodeLayout(layout, name));
  for (const image of images) {
    await Promise.all(nodes.map(async (node) => await importImage(image, node, binaries, environment)));
  }
}
