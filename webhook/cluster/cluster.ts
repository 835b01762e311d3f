import type { Timer } from '../../runtime/clock.ts';
import type { Informer } from '../../kube/types.ts';
import type { NamespaceFacts, SettingsConfigMap } from '../../settings/types.ts';
import type { ChartFacts, ConfigMapFacts, Facts, ImageFacts, PlatformFacts } from '../plan/facts.ts';
import { leastPlatform } from './platform.ts';

/** What handlers know of the cluster. Everything is in memory; only what is called `await…` may wait, and not for long. */
export interface Cluster {
  /** The namespace as it is known now; undefined when it is not known yet, or gone. */
  namespace(name: string): NamespaceFacts | undefined;
  /**
   * The namespace once it `isRight`, waiting for the informer for at most `waitMs`; then as it is.
   *
   * Label, ConfigMap and Deployment of one `kubectl apply` can reach the webhook before its informers.
   */
  awaitNamespace(
    name: string,
    isRight: (namespace: NamespaceFacts) => boolean,
    waitMs: number,
  ): Promise<NamespaceFacts | undefined>;
  /** Resolves when ConfigMaps of these names are there, or after `waitMs`: for an informer that is behind, too. */
  awaitConfigMaps(namespace: string, names: readonly string[], waitMs: number): Promise<void>;
  settingsConfigMaps(namespace: string): readonly SettingsConfigMap[];
  factsOf(namespace: NamespaceFacts): Facts;
}

export interface ClusterOptions {
  readonly informers: ClusterInformers;
  readonly chart: ChartFacts;
  readonly timer: Timer;
}

/** The informers that facts come from. */
export interface ClusterInformers {
  readonly namespaces: Informer<NamespaceFacts>;
  /** Every ConfigMap. */
  readonly configMaps: Informer<ConfigMapFacts>;
  /** ConfigMaps labelled `remora.dev/settings=true`. */
  readonly settings: Informer<SettingsConfigMap>;
  /** Only `remora-platform` of Remora's own namespace. */
  readonly platform: Informer<PlatformFacts>;
  /** Only `remora-images` of Remora's own namespace. */
  readonly images: Informer<ReadonlyMap<string, ImageFacts>>;
}

/** Reads the cluster from informers that someone else starts. */
export function createCluster({ informers, chart, timer }: ClusterOptions): Cluster {
  const { namespaces, configMaps, settings } = informers;

  const awaitNamespace: Cluster['awaitNamespace'] = async (name, isRight, waitMs) => {
    const known = namespaces.get(undefined, name);
    if (known !== undefined && isRight(known)) return known;
    const found = new AbortController();
    const stop = namespaces.onChange((_namespace, changed, value) => {
      if (changed === name && value !== undefined && isRight(value)) found.abort();
    });
    try {
      await timer.wait(waitMs, found.signal);
    } finally {
      stop();
    }
    return namespaces.get(undefined, name);
  };

  const awaitConfigMaps: Cluster['awaitConfigMaps'] = async (namespace, names, waitMs) => {
    const areThere = (): boolean => names.every((name) => configMaps.get(namespace, name) !== undefined);
    if (areThere()) return;
    const found = new AbortController();
    const stop = configMaps.onChange((changed) => {
      if (changed === namespace && areThere()) found.abort();
    });
    try {
      await timer.wait(waitMs, found.signal);
    } finally {
      stop();
    }
  };

  return {
    namespace: (name) => namespaces.get(undefined, name),
    awaitNamespace,
    awaitConfigMaps,
    settingsConfigMaps: (namespace) => [...settings.inNamespace(namespace)],
    factsOf: (namespace) => {
      const images = first(informers.images.all());
      return {
        namespace,
        chart,
        platform: first(informers.platform.all()) ?? leastPlatform,
        configMap: (name) => configMaps.get(namespace.name, name),
        image: (reference) => images?.get(reference),
      };
    },
  };
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
