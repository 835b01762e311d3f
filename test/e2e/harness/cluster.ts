import { mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeClient } from '../../../kube/types.ts';
import { buildImage } from '../../../manifests/images/build.ts';
import type { Environment } from '../../../manifests/images/cache.ts';
import { run } from '../../../manifests/images/command.ts';
import type { ImageName } from '../../../manifests/images/recipes.ts';
import { addressesOf } from '../../cluster/addresses.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import { clientOf } from '../../cluster/connect.ts';
import { loadImages } from '../../cluster/containerd.ts';
import { layoutOf, nodeLayout } from '../../cluster/layout.ts';
import { inNamespace } from '../../cluster/network.ts';
import { readRecords, type ClusterRecord } from '../../cluster/record.ts';
import { up, type ClusterOptions } from '../../cluster/up.ts';
import { rebased } from './references.ts';

/** A cluster that suites run on: one that was brought up for them, or one that a person named. */
export interface TestCluster {
  readonly client: KubeClient;
  /** Runs kubectl to its end and returns what it printed. @throws Error with what it printed, when it fails. */
  kubectl(...words: readonly string[]): Promise<string>;
  /** The same, with the warnings of admission after what it printed. */
  kubectlWithWarnings(...words: readonly string[]): Promise<string>;
  /** The program and the words that every kubectl call begins with, for one that goes on. */
  readonly kubectlCommand: readonly string[];
  /** Runs helm to its end. Returns what it printed, with what hooks wrote, which Helm prints as errors. */
  helm(...words: readonly string[]): Promise<string>;
  /** Value of the chart's `imagePrefix`. */
  readonly imagePrefix: string;
  /** Builds images and brings them into every node; on a person's cluster they are taken to be pushed. */
  load(...names: readonly ImageName[]): Promise<void>;
  /** What a pod names an image by. */
  image(name: ImageName): Promise<string>;
  /** Undefined on a person's cluster, whose network tests do not reach into. */
  readonly network: ClusterNetwork | undefined;
}

/** The network that a cluster of ours lives in. */
export interface ClusterNetwork {
  /** The words that run a program in it, where pods and Services have their addresses. */
  readonly command: readonly string[];
  /** This machine's address on the link to it, which nothing inside can reach. */
  readonly machineAddress: string;
}

const environment: Environment = process.env;
const report = (line: string): void => console.log(line);
const defaultPrefix = 'docker.io/remora';

let shared: Promise<TestCluster> | undefined;

/**
 * The cluster of this run, brought up when it is first asked for and gone when this process ends:
 *
 * - REMORA_CONTEXT names a context of the person's kubeconfig: that cluster is used as it is, with images that were
 *   pushed under REMORA_IMAGE_PREFIX (`<prefix>/remora:…`, `<prefix>-test/node:…`).
 * - REMORA_CLUSTER names a cluster that `npm run cluster -- up` or the runner has brought up.
 */
export function sharedCluster(): Promise<TestCluster> {
  shared ??= findCluster();
  return shared;
}

async function findCluster(): Promise<TestCluster> {
  const context = environment['REMORA_CONTEXT'];
  if (context !== undefined && context !== '') {
    const kubeconfig = environment['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
    return await clusterAt(kubeconfig, context, undefined);
  }
  const name = environment['REMORA_CLUSTER'];
  if (name !== undefined && name !== '') return await clusterAt(layoutOf(name, environment).kubeconfig, name, name);
  return await bringUp({ name: `run-${process.pid}` });
}

/** Runs `work` on a cluster of its own: for what kills components, or needs other features than the shared one has. */
export async function withCluster<T>(
  options: Pick<ClusterOptions, 'name' | 'nodes' | 'features' | 'proxyMode'>,
  work: (cluster: TestCluster) => Promise<T>,
): Promise<T> {
  const cluster = await up({ ...options, environment, report });
  try {
    return await work(await clusterAt(cluster.kubeconfig, cluster.name, cluster.name));
  } finally {
    await cluster.down();
  }
}

async function bringUp(options: Pick<ClusterOptions, 'name'>): Promise<TestCluster> {
  const cluster = await up({ ...options, environment, report });
  return await clusterAt(cluster.kubeconfig, cluster.name, cluster.name);
}

/** @param testCluster name of the cluster of ours that this is; undefined: a person's. */
async function clusterAt(kubeconfig: string, context: string, testCluster: string | undefined): Promise<TestCluster> {
  const { kubectl = '' } = await ensureBinaries(['kubectl'], { environment, report });
  const record = testCluster === undefined ? undefined : await recordOf(testCluster);
  const imagePrefix = environment['REMORA_IMAGE_PREFIX'] ?? defaultPrefix;
  const built = async (name: ImageName): ReturnType<typeof buildImage> => {
    return await buildImage(name, { environment, report });
  };
  const kubectlCommand = [kubectl, '--kubeconfig', kubeconfig, '--context', context];
  return {
    client: await clientOf(kubeconfig, context),
    kubectlCommand,
    kubectl: async (...words) => await run(kubectl, [...kubectlCommand.slice(1), ...words], environment),
    kubectlWithWarnings: async (...words) =>
      await run(kubectl, [...kubectlCommand.slice(1), ...words], environment, { withErrors: true }),
    helm: await helmFor(kubeconfig, context),
    imagePrefix,
    image: async (name) => rebased((await built(name)).reference, defaultPrefix, imagePrefix),
    load: async (...names) => {
      if (record === undefined) return;
      const { ctr = '' } = await ensureBinaries(['ctr'], { environment, report });
      const layout = layoutOf(record.name, environment);
      for (const name of names) {
        await loadImages([await built(name)], layout, record.nodeNames, { ctr }, environment);
      }
    },
    network: record === undefined ? undefined : networkOf(record),
  };
}

async function helmFor(kubeconfig: string, context: string): Promise<TestCluster['helm']> {
  // Helm keeps repositories and caches under the home of whoever runs it; tests leave that alone.
  const home = await mkdtemp(join(tmpdir(), 'remora-helm-'));
  const folders = {
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  return async (...words) => {
    const { helm = '' } = await ensureBinaries(['helm'], { environment, report });
    const own = ['--kubeconfig', kubeconfig, '--kube-context', context];
    return await run(helm, [...words, ...own], environment, { environment: folders, withErrors: true });
  };
}

async function recordOf(name: string): Promise<ClusterRecord> {
  const record = (await readRecords(environment)).find((candidate) => candidate.name === name);
  if (record === undefined) throw new Error(`no cluster ${name} is up`);
  return record;
}

function networkOf(record: ClusterRecord): ClusterNetwork {
  const [node = ''] = record.nodeNames;
  const { networkNamespace } = nodeLayout(layoutOf(record.name, environment), node);
  return {
    command: ['nsenter', ...inNamespace(networkNamespace)],
    machineAddress: addressesOf(record.number, record.nodeNames.length).hostAddress,
  };
}
