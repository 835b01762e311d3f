import { createInformer } from '../../kube/informer.ts';
import { resources } from '../../kube/resources.ts';
import type { Informer, KubeClient, ListQuery } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { ServingCertificate } from '../server.ts';
import type { ClusterInformers } from './cluster.ts';
import { configMapKeeper } from './configmaps.ts';
import type { ConfigMap } from './configmaps.ts';
import { imagesKey, parseImages } from './images.ts';
import { keepNamespace } from './namespaces.ts';
import { parsePlatform, platformKey } from './platform.ts';
import { keepServing } from './secrets.ts';
import type { Secret } from './secrets.ts';
import { keepSettings, settingsLabel } from './settings.ts';

export interface InformersOptions<SealKeys> {
  readonly client: KubeClient;
  /** Remora's own namespace. */
  readonly namespace: string;
  /** Variables whose value a plan merges with: `NODE_OPTIONS`, … */
  readonly variables: readonly string[];
  readonly keepSealKeys: (secret: Secret) => SealKeys | undefined;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

/** Everything that the webhook reads of the cluster. Secrets are read by name, and only these two. */
export interface WebhookInformers<SealKeys> extends ClusterInformers {
  readonly serving: Informer<ServingCertificate>;
  readonly sealKeys: Informer<SealKeys>;
}

/** Makes the informers; none is started. */
export function createInformers<SealKeys>(options: InformersOptions<SealKeys>): WebhookInformers<SealKeys> {
  const { client, namespace, timer, random, log } = options;
  const common = { client, timer, random, log };
  const { namespaces, configMaps, secrets } = resources;
  const own = (name: string): ListQuery => ({ namespace, fieldSelector: `metadata.name=${name}` });

  return {
    namespaces: createInformer({ ...common, type: namespaces, query: { metadataOnly: true }, keep: keepNamespace }),
    configMaps: createInformer({ ...common, type: configMaps, keep: configMapKeeper(options.variables) }),
    settings: createInformer({
      ...common,
      type: configMaps,
      query: { labelSelector: `${settingsLabel}=true` },
      keep: keepSettings,
    }),
    platform: createInformer({
      ...common,
      type: configMaps,
      query: own('remora-platform'),
      keep: ({ data }: ConfigMap) => parsePlatform(data?.[platformKey]),
    }),
    images: createInformer({
      ...common,
      type: configMaps,
      query: own('remora-images'),
      keep: ({ data }: ConfigMap) => parseImages(data?.[imagesKey]),
    }),
    serving: createInformer({ ...common, type: secrets, query: own('remora-webhook-tls'), keep: keepServing }),
    sealKeys: createInformer({ ...common, type: secrets, query: own('remora-seal'), keep: options.keepSealKeys }),
  };
}
