import type { Settings, TelemetrySetting } from '../../../../settings/types.ts';
import { combine } from '../../../../webhook/combine.ts';
import type { Combined } from '../../../../webhook/combine.ts';
import { planFeatures } from '../../../../webhook/plan/features.ts';
import { imagePath } from '../../../../webhook/plan/canonical.ts';
import type { ConfigMapFacts, Facts, ImageFacts } from '../../../../webhook/plan/facts.ts';
import type { Container, Pod, PodSpec } from '../../../../webhook/plan/pod.ts';
import type { SealKeys } from '../../../../webhook/prove/keys.ts';

/** A pod, what is set for it, and what is known around it: everything that injection depends on. */
export interface Scenario {
  readonly pod: Pod;
  readonly settings: Settings;
  readonly facts: Facts;
}

export const namespace = 'shop';

export const keys: SealKeys = {
  current: { id: 'k2', secret: Buffer.alloc(32, 2) },
  previous: { id: 'k1', secret: Buffer.alloc(32, 1) },
};

export type Inject = (scenario: Scenario) => Combined;

/** The pipeline as the mutating handler runs it. */
export const inject: Inject = ({ pod, settings, facts }) => {
  const planned = planFeatures(pod, settings, facts);
  if (planned.outcome === 'refused') return planned;
  return combine(pod, planned.plans, {
    namespace: facts.namespace.name,
    settings,
    version: '0.1.0',
    key: keys.current,
  });
};

export function settingsOf(telemetry: TelemetrySetting = 'auto', containers: readonly string[] = []): Settings {
  return {
    values: { telemetry, 'telemetry-containers': containers },
    sources: { telemetry: 'namespace', 'telemetry-containers': 'default' },
  };
}

export interface FactsOptions {
  readonly imageVolumes?: boolean;
  readonly collectorEndpoint?: string | undefined;
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly images?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const endpoint = 'http://remora-collector.remora-system.svc.cluster.local:4318';
export const telemetryImage = 'docker.io/remora/remora-telemetry:0.1.0';

export function factsOf(options: FactsOptions = {}): Facts {
  const configMaps = new Map(
    Object.entries(options.configMaps ?? {}).map(([name, data]): [string, ConfigMapFacts] => [
      name,
      { name, keys: new Set(Object.keys(data)), values: new Map(Object.entries(data)) },
    ]),
  );
  const images = new Map(
    Object.entries(options.images ?? {}).map(([reference, environment]): [string, ImageFacts] => [
      reference,
      { environment: new Map(Object.entries(environment)) },
    ]),
  );
  const collectorEndpoint = 'collectorEndpoint' in options ? options.collectorEndpoint : endpoint;
  return {
    namespace: { name: namespace, labels: { 'remora.dev/inject': 'enabled' }, annotations: {} },
    platform: { imageVolumes: options.imageVolumes ?? true },
    chart: {
      version: '0.1.0',
      ...(collectorEndpoint === undefined ? {} : { collectorEndpoint }),
      telemetryImage,
      imagePullPolicy: 'IfNotPresent',
      samplerRatio: 1,
    },
    configMap: (name) => configMaps.get(name),
    // A mirror has the same image under another host.
    image: (reference) => [...images].find(([known]) => imagePath(known) === imagePath(reference))?.[1],
  };
}

/** A pod as a Deployment's ReplicaSet makes it, with one container `web` unless the spec says otherwise. */
export function podOf(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'web-5d9c7b-',
      labels: { app: 'web', 'pod-template-hash': '5d9c7b' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9c7b', uid: 'uid-of-web', controller: true },
      ],
      ...metadata,
    },
    spec: { serviceAccountName: 'web', containers: [containerOf()], ...spec },
  };
}

export function containerOf(fields: Partial<Container> = {}): Container {
  return { name: 'web', image: 'registry.example/shop/web:1.2.3', ...fields };
}

/** Injects and insists that it works. */
export function injected(scenario: Scenario): Extract<Combined, { outcome: 'injected' }> {
  const outcome = inject(scenario);
  if (outcome.outcome === 'refused') throw new Error(JSON.stringify(outcome.problems));
  return outcome;
}

/** Value of a variable of an injected container, as it takes effect. */
export function valueOf(pod: Pod, name: string, container = 'web'): string | undefined {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return containers.find((one) => one.name === container)?.env?.findLast((one) => one.name === name)?.value;
}
