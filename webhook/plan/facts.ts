import type { NamespaceFacts } from '../../settings/types.ts';

/** Keys and the few values of a ConfigMap that admission needs; the informer keeps nothing else of it. */
export interface ConfigMapFacts {
  readonly name: string;
  /** Every key of `data`. */
  readonly keys: ReadonlySet<string>;
  /** Values of keys that may become a list-like variable (NODE_OPTIONS, …), by key. */
  readonly values: ReadonlyMap<string, string>;
}

/** What this cluster offers, found by discovery, by a dry-run pod and by the oldest node. */
export interface PlatformFacts {
  /** Image volumes survive the API server and every node can mount them. */
  readonly imageVolumes: boolean;
}

/** What is known of a container image: the environment that its configuration sets. */
export interface ImageFacts {
  readonly environment: ReadonlyMap<string, string>;
}

/** What the chart says, the same for every pod. */
export interface ChartFacts {
  /** Version of Remora, as in package.json. */
  readonly version: string;
  /** OTLP http/protobuf endpoint of the chart's collector; absent when the chart runs none and none is given. */
  readonly collectorEndpoint?: string;
  /** Image with the language agents, with its digest where the chart pins one. */
  readonly telemetryImage: string;
  readonly imagePullPolicy: string;
  readonly samplerRatio: number;
}

/** Everything a plan may know besides the pod and its settings. Reads come from memory; none of them waits. */
export interface Facts {
  readonly namespace: NamespaceFacts;
  readonly platform: PlatformFacts;
  readonly chart: ChartFacts;
  /** A ConfigMap of the pod's namespace, or undefined when there is none. */
  readonly configMap: (name: string) => ConfigMapFacts | undefined;
  /** Configuration of an image, or undefined when it has not been read. */
  readonly image: (reference: string) => ImageFacts | undefined;
}
