import { createInformer } from '../../kube/informer.ts';
import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { decidePlatform } from './decide.ts';
import type { NodeVersions } from './decide.ts';
import { probeApiServer } from './probe.ts';

/** Name of the ConfigMap, and its only key. The chart creates it empty. */
export const platformConfigMap = { name: 'remora-platform', key: 'platform.json' } as const;

export interface PlatformOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

interface Node extends KubeObject {
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly containerRuntimeVersion?: string };
  };
}

/** An API server can be upgraded under us; it is asked again this often. */
const probeAgainMs = 300_000;
const retryMs = 5_000;

function versionsOf({ metadata, status }: Node): NodeVersions {
  const { kubeletVersion = '', containerRuntimeVersion = '' } = status?.nodeInfo ?? {};
  return { name: metadata.name ?? '', kubelet: kubeletVersion, runtime: containerRuntimeVersion };
}

/**
 * Keeps `remora-platform` right until `signal` aborts: at the start, whenever a node joins, leaves or changes its
 * versions, and every five minutes.
 */
export async function runPlatform(options: PlatformOptions, signal: AbortSignal): Promise<void> {
  const { client, namespace, timer } = options;
  const log = options.log.with({ part: 'platform' });
  const nodes = createInformer<Node, NodeVersions>({ ...options, log, type: resources.nodes, keep: versionsOf });
  let wake = new AbortController();
  let known = '';
  nodes.onChange(() => {
    // A node reports its status every few seconds; only another set of versions is news.
    if (JSON.stringify([...nodes.all()]) !== known) wake.abort();
  });
  await nodes.start(signal);

  let published: string | undefined;
  while (!signal.aborted) {
    wake = new AbortController();
    known = JSON.stringify([...nodes.all()]);
    const probed = await probeApiServer(client, namespace);
    if (probed.outcome === 'failed') {
      log.warn('platform.unknown', { code: probed.code, message: probed.message });
      await timer.wait(retryMs, signal);
      continue;
    }
    const platform = decidePlatform(probed.value, [...nodes.all()]);
    const text = JSON.stringify(platform);
    if (text !== published) {
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: platformConfigMap.name, namespace },
        data: { [platformConfigMap.key]: text },
      };
      const written = await client.apply(resources.configMaps, object, {
        fieldManager: 'remora-platform',
        force: true,
      });
      if (written.outcome === 'ok') {
        published = text;
        log.info('platform.found', { imageVolumes: platform.imageVolumes, oldestKubelet: platform.oldestKubelet });
      } else {
        log.warn('platform.unpublished', { code: written.code, message: written.message });
        await timer.wait(retryMs, signal);
        continue;
      }
    }
    await timer.wait(probeAgainMs, AbortSignal.any([signal, wake.signal]));
  }
}
