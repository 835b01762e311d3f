import { createInformer } from '../../kube/informer.ts';
import { resources } from '../../kube/resources.ts';
import type { Informer, KubeClient, ListQuery } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { listLikeVariables } from '../plan/telemetry/runtimes.ts';
import type { SealKeys } from '../prove/keys.ts';
import type { ServingCertificate } from '../server.ts';
import type { ClusterInformers } from './cluster.ts';
import { configMapKeeper } from './configmaps.ts';
import type { ConfigMap } from './configmaps.ts';
import { imagesKey, parseImages } from './images.ts';
import { keepNamespace } from './namespaces.ts';
import { parsePlatform, platformKey } from './platform.ts';
import { keepSealKeys, keepServing } from './secrets.ts';
import { keepSettings, settingsLabel } from './settings.ts';

/** Secrets in Remora's own namespace, made empty by the chart. */
export const servingSecret = 'remora-webhook-tls';
export const sealSecret = 'remora-seal';

export interface InformersOptions {
  readonly client: KubeClient;
  /** Remora's own namespace. */
  readonly namespace: string;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

/** Everything that the webhook reads of the cluster. Secrets are read by name, and only these two. */
export interface WebhookInformers extends ClusterInformers {
  readonly serving: Informer<ServingCertificate>;
  readonly sealKeys: Informer<SealKeys>;
}

/** Makes the informers; none is started. */
export function createInformers(options: InformersOptions): WebhookInformers {
  const { client, namespace, timer, random, log } = options;
  const common = { client, timer, random, log };
  const { namespaces, configMaps, secrets } = resources;
  const own = (name: string): ListQuery => ({ namespace, fieldSelector: `metadata.name=${name}` });

  return {
    namespaces: createInformer({ ...common, type: namespaces, query: { metadataOnly: true }, keep: keepNamespace }),
    configMaps: createInformer({ ...common, type: configMaps, keep: configMapKeeper(listLikeVariables) }),
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
    serving: createInformer({ ...common, type: secrets, query: own(servingSecret), keep: keepServing }),
    sealKeys: createInformer({ ...common, type: secrets, query: own(sealSecret), keep: keepSealKeys }),
  };
}
