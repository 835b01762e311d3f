import { Registry } from 'prom-client';
import { createStore } from '../../../kube/store.ts';
import type { EventNote } from '../../../kube/events.ts';
import type { Informer } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import type { Timer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { parseChartSettings } from '../../../settings/chart.ts';
import type { NamespaceFacts, SettingsConfigMap } from '../../../settings/types.ts';
import { createAnswerer } from '../../../webhook/admission/answer.ts';
import { createDecisions } from '../../../webhook/admission/decisions.ts';
import { createAdmissionMetrics } from '../../../webhook/admission/metrics.ts';
import { decided } from '../../../webhook/admission/handler.ts';
import { mutate } from '../../../webhook/admission/mutate.ts';
import { allowed } from '../../../webhook/admission/response.ts';
import { createPreview } from '../../../webhook/admission/preview.ts';
import { createRecord } from '../../../webhook/admission/record.ts';
import { validate } from '../../../webhook/admission/validate.ts';
import { createCluster } from '../../../webhook/cluster/cluster.ts';
import type { ConfigMapFacts, ImageFacts, PlatformFacts } from '../../../webhook/plan/facts.ts';
import type { Check } from '../../../webhook/policy/load/check.ts';
import type { SealKeys } from '../../../webhook/prove/keys.ts';

/** An informer whose content a test writes. */
export interface WrittenInformer<T> extends Informer<T> {
  put(namespace: string, name: string, value: T | undefined): void;
}

export function writtenInformer<T>(): WrittenInformer<T> {
  const store = createStore<T>(silentLogger);
  return {
    ...store,
    put: (namespace, name, value) => store.put({ metadata: { namespace, name } }, value),
    start: () => Promise.resolve(),
    isSynced: true,
    silentMs: 0,
  };
}

export const sealKeys: SealKeys = { current: { id: 'k1', secret: Buffer.alloc(32, 7) } };

/** The whole webhook but for HTTP and the Kubernetes API, with everything that it records. */
export function world(
  options: { readonly timer?: Timer; readonly hasKeys?: boolean; readonly checkPolicy?: Check } = {},
) {
  const informers = {
    namespaces: writtenInformer<NamespaceFacts>(),
    configMaps: writtenInformer<ConfigMapFacts>(),
    settings: writtenInformer<SettingsConfigMap>(),
    platform: writtenInformer<PlatformFacts>(),
    images: writtenInformer<ReadonlyMap<string, ImageFacts>>(),
  };
  const timer = options.timer ?? systemTimer;
  const chart = {
    version: '0.1.0',
    collectorEndpoint: 'http://collector:4318',
    telemetryImage: 'docker.io/remora/remora-telemetry:0.1.0',
    imagePullPolicy: 'IfNotPresent',
    samplerRatio: 1,
  };
  const cluster = createCluster({ informers, chart, timer });
  const parsed = parseChartSettings({}, []);
  if (parsed.outcome === 'refused') throw new Error('the chart says nothing, and that is fine');
  const settings = parsed.value;
  const dependencies = {
    cluster,
    settings,
    excludedNamespaces: ['remora-system'],
    warnNamespaces: [],
    sealKeys: () => (options.hasKeys === false ? undefined : sealKeys),
    preview: createPreview(cluster, settings),
    ownNamespace: 'remora-system',
    checkPolicy: options.checkPolicy ?? (() => Promise.resolve({ problems: [], warnings: [], policies: [] })),
  };
  const registry = new Registry();
  const metrics = createAdmissionMetrics(registry);
  const events: EventNote[] = [];
  const decisions = createDecisions(10);
  const answer = createAnswerer({
    handlers: {
      mutate: (request) => mutate(request, dependencies),
      validate: (request) => validate(request, dependencies),
      policies: () => decided(allowed()),
    },
    record: createRecord({ metrics, events: { record: (note) => void events.push(note) }, decisions, clock: timer }),
    metrics,
    log: silentLogger,
    clock: performance,
  });
  return {
    informers,
    cluster,
    registry,
    events,
    decisions,
    answer,
    /** Labels a namespace, as the informer would show it. */
    label(name: string, value = 'enabled', annotations: Readonly<Record<string, string>> = {}) {
      const labels = value === '' ? {} : { 'remora.dev/inject': value };
      informers.namespaces.put('', name, { name, labels, annotations });
    },
    /** Sends a review, and gives what the API server would read of the answer. */
    async ask(webhook: 'mutate' | 'validate', review: object): Promise<Reviewed> {
      const answered = await answer(webhook, JSON.stringify(review));
      return (JSON.parse(answered.body) as { readonly response: Reviewed }).response;
    },
  };
}

export interface Reviewed {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { readonly code: number; readonly message: string };
}
