import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Metrics of the admission path. Every label value comes from a closed set, so a hostile request adds no series. */
export interface AdmissionMetrics {
  readonly requests: Counter<'webhook' | 'operation' | 'resource' | 'outcome' | 'code'>;
  readonly duration: Histogram<'webhook'>;
  readonly skips: Counter<'feature' | 'code'>;
  readonly injections: Counter<'feature'>;
  /** Exceptions of a handler; each is a bug, with its stack in the log. */
  readonly bugs: Counter;
}

/** Makes and registers the metrics of the admission path. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'remora_admission_requests_total',
      help: 'Admission requests answered, dry runs included.',
      labelNames: ['webhook', 'operation', 'resource', 'outcome', 'code'],
      registers,
    }),
    duration: new Histogram({
      name: 'remora_admission_duration_seconds',
      help: 'Time from the last byte of a request to its answer.',
      labelNames: ['webhook'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3],
      registers,
    }),
    skips: new Counter({
      name: 'remora_admission_skips_total',
      help: 'Features, or parts of them, left out of a pod, without dry runs.',
      labelNames: ['feature', 'code'],
      registers,
    }),
    injections: new Counter({
      name: 'remora_admission_injections_total',
      help: 'Features put into a pod, without dry runs.',
      labelNames: ['feature'],
      registers,
    }),
    bugs: new Counter({
      name: 'remora_admission_bugs_total',
      help: 'Requests whose handler threw; the log has the stack of each.',
      registers,
    }),
  };
}

/** What of an informer a gauge shows. */
export interface WatchedInformer {
  readonly isSynced: boolean;
  readonly silentMs: number;
}

/** Shows for each informer whether its first list is in memory, and for how long nothing was heard. */
export function registerInformerMetrics(
  registry: Registry,
  informers: Readonly<Record<string, WatchedInformer>>,
): void {
  const entries = Object.entries(informers);
  new Gauge({
    name: 'remora_informer_synced',
    help: '1 once the first list of this informer is in memory.',
    labelNames: ['informer'],
    registers: [registry],
    collect() {
      for (const [informer, { isSynced }] of entries) this.set({ informer }, isSynced ? 1 : 0);
    },
  });
  new Gauge({
    name: 'remora_informer_silence_seconds',
    help: 'Time since the API server was last heard of by this informer.',
    labelNames: ['informer'],
    registers: [registry],
    collect() {
      for (const [informer, { silentMs }] of entries) this.set({ informer }, silentMs / 1000);
    },
  });
}
