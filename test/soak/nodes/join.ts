import { createInformer } from '../../../kube/informer.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { platformConfigMap } from '../../../control/platform/platform.ts';
import { buildImages } from '../../../manifests/images/build.ts';
import type { Environment } from '../../../manifests/images/cache.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import { applyObjects } from '../../e2e/harness/apply.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import type { TestCluster } from '../../e2e/harness/cluster.ts';
import { remora } from '../../e2e/harness/remora.ts';
import { idleSpec } from '../../e2e/outage/objects.ts';
import type { Figures, NodesStage } from './stage.ts';

interface Platform {
  readonly imageVolumes?: boolean;
  readonly reasons?: Readonly<Record<string, string>>;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** How a pod gets its agents: from an image volume, or copied by an init container. */
type Delivery = 'image volume' | 'init container' | 'none';

interface InjectedPod extends KubeObject {
  readonly spec?: {
    readonly volumes?: readonly { readonly image?: unknown }[];
    readonly initContainers?: readonly { readonly command?: readonly string[] }[];
  };
}

/** What a new machine has on its disk: everything that may be scheduled there. */
const images = ['remora', 'remora-policy', 'remora-telemetry', 'collector', 'pause'] as const;

/**
 * A node leaves, and joins as another machine: first with a container runtime that is too old for image volumes, then
 * with the cluster's own. Each time control looks at the platform again, and pods are made accordingly.
 */
export async function joinNode(stage: NodesStage, environment: Environment): Promise<Figures> {
  const { report, machine } = stage;
  const platform = await watchPlatform(stage.cluster);
  try {
    const atFirst = await delivery(stage, 'both-new');
    stage.require(platform.current.imageVolumes === true, 'image volumes are not found on two nodes of today');
    stage.require(atFirst === 'image volume', `on two nodes of today a pod has its agents by ${atFirst}`);

    report(`${machine.name} leaves`);
    const left = await seeLook(stage, 'the node left', async () => await leave(stage));

    report(`${machine.name} joins with containerd 2.0`);
    const older = await ensureBinaries(['containerd-2.0', 'containerd-2.0-shim-runc-v2'], { environment, report });
    const built = await buildImages(images, { environment, report });
    const startedAt = systemTimer.now();
    const binaries = {
      containerd: older['containerd-2.0'] ?? '',
      'containerd-shim-runc-v2': older['containerd-2.0-shim-runc-v2'] ?? '',
    };
    await machine.powerOn({ images: built, binaries });
    const readyMs = systemTimer.now() - startedAt;
    const reason = await attemptUntil('control finds the older runtime', 60_000, async () => {
      const found = platform.current.reasons?.['imageVolumes'] ?? '';
      return Promise.resolve(found.startsWith(`node ${machine.name} runs containerd`) ? found : undefined);
    });
    const noticedMs = systemTimer.now() - startedAt;
    report(`noticed: ${reason}`);
    await deliveredBy(stage, 'init container');
    const runs = await runsOn(stage, 'older');

    report(`${machine.name} leaves, and joins with the runtime of the cluster`);
    await leave(stage);
    const joined = await seeLook(stage, 'a node joined', async () => await machine.powerOn({ images: built }));
    await attemptUntil('control finds image volumes again', 60_000, async () =>
      Promise.resolve(platform.current.imageVolumes === true ? true : undefined),
    );
    await deliveredBy(stage, 'image volume');
    return {
      ...{ atFirst, looksWhenItLeft: left, older: { readyMs, noticedMs, reason, pod: runs } },
      newer: { looks: joined, pod: await runsOn(stage, 'newer') },
    };
  } finally {
    platform.close();
  }
}

/** The node's machine is switched off, emptied, and taken out of the cluster. */
async function leave({ cluster, machine }: NodesStage): Promise<void> {
  await cluster.kubectl('drain', machine.name, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=240s');
  await machine.powerOff();
  await machine.wipe();
  await cluster.kubectl('delete', 'node', machine.name);
}

async function watchPlatform({ client }: TestCluster): Promise<{ readonly current: Platform; close(): void }> {
  const stop = new AbortController();
  const informer = createInformer<ConfigMap, Platform>({
    ...{ client, type: resources.configMaps, timer: systemTimer, random: Math.random, log: silentLogger },
    query: { namespace: remora.namespace, fieldSelector: `metadata.name=${platformConfigMap.name}` },
    keep: ({ data }) => JSON.parse(data?.[platformConfigMap.key] ?? '{}') as Platform,
  });
  await informer.start(stop.signal);
  return {
    get current() {
      return informer.get(remora.namespace, platformConfigMap.name) ?? {};
    },
    close: () => stop.abort(),
  };
}

/** How many dry runs of a pod the API server has answered: each is a look at the platform, and nobody else makes one. */
async function looks({ cluster }: NodesStage): Promise<number> {
  const lines = (await cluster.kubectl('get', '--raw', '/metrics')).split('\n');
  return lines
    .filter((line) => line.startsWith('apiserver_request_total{'))
    .filter((line) => ['dry_run="All"', 'resource="pods"', 'verb="POST"'].every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Control looks at the platform again because of what `work` does; returns how often. */
async function seeLook(stage: NodesStage, why: string, work: () => Promise<void>): Promise<number> {
  const before = await looks(stage);
  await work();
  return await attemptUntil(`a look at the platform since ${why}`, 60_000, async () => {
    const more = (await looks(stage)) - before;
    return more > 0 ? more : undefined;
  });
}

/** Makes an injected pod that is never scheduled unless it names a node; says how it would get its agents. */
async function delivery({ cluster, shop }: NodesStage, name: string, node?: string): Promise<Delivery> {
  const spec = { ...idleSpec(await cluster.image('pause')), restartPolicy: 'Never' };
  const where =
    node === undefined
      ? { schedulingGates: [{ name: 'test.remora.dev/never' }] }
      : { nodeSelector: { 'kubernetes.io/hostname': node } };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...spec, ...where } };
  await applyObjects(cluster, shop, [pod]);
  const made = await cluster.client.get<InjectedPod>(resources.pods, { namespace: shop, name });
  if (made.outcome === 'failed') throw new Error(made.message);
  if (node === undefined) await cluster.kubectl('-n', shop, 'delete', 'pod', name);
  const { volumes = [], initContainers = [] } = made.value.spec ?? {};
  if (volumes.some(({ image }) => image !== undefined)) return 'image volume';
  return initContainers.length > 0 ? 'init container' : 'none';
}

/** The webhook hears of what control found by watching: pods are made the new way within moments. */
async function deliveredBy(stage: NodesStage, wanted: Delivery): Promise<void> {
  let count = 0;
  await attemptUntil(`a pod has its agents by ${wanted}`, 30_000, async () => {
    count += 1;
    const name = `${wanted.replace(' ', '-')}-${count}`;
    return (await delivery(stage, name)) === wanted ? true : undefined;
  });
}

/** A pod runs on the node that joined, in the way that it was made; returns that way. */
async function runsOn(stage: NodesStage, name: string): Promise<Delivery> {
  const { cluster, machine, shop } = stage;
  const how = await delivery(stage, name, machine.name);
  await cluster.kubectl('-n', shop, 'wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s');
  await cluster.kubectl('-n', shop, 'delete', 'pod', name);
  return how;
}
