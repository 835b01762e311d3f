import { createCertificateMetrics } from '../certs/metrics.ts';
import { createReconciler } from '../certs/reconcile.ts';
import type { RandomBytes } from '../certs/issue.ts';
import { runCertificates } from '../certs/run.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { Registry } from 'prom-client';
import type { ControlConfig } from './config.ts';
import { createImageMetrics } from './images/metrics.ts';
import { runImages } from './images/images.ts';
import { runPlatform } from './platform/platform.ts';
import { runModuleCleaning } from './policies/modules.ts';
import { runPolicyRules } from './policies/policies.ts';
import { createPullMetrics } from './pulls/metrics.ts';
import { runPulls } from './pulls/pulls.ts';

export interface LeadOptions {
  readonly client: KubeClient;
  readonly config: Pick<ControlConfig, 'namespace' | 'certificates' | 'plainHttpRegistries'>;
  readonly events: Pick<EventRecorder, 'record'>;
  /** Of this machine, in the spelling of OCI: what an image index is read for. */
  readonly architecture: string;
  readonly fetch: typeof globalThis.fetch;
  readonly timer: Timer;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  readonly log: Logger;
  readonly registry: Registry;
}

/**
 * Makes what one replica at a time does while it leads: certificates, platform, images, stuck pulls, what
 * policies ask the API server for.
 *
 * The function may be called again and again: a replica can lose its lease and win it back, and what outlives a term
 * (metrics, what was seen of the configurations) is made here, once.
 */
export function createLead(options: LeadOptions): (signal: AbortSignal) => Promise<void> {
  const { client, config, events, architecture, fetch, timer, random, randomBytes, log, registry } = options;
  const { namespace, certificates, plainHttpRegistries } = config;
  const common = { client, namespace, timer, random, log };
  const reconciler = createReconciler({
    client,
    namespace,
    provider: certificates.provider,
    times: certificates.times,
    clock: timer,
    random: randomBytes,
    log,
    metrics: createCertificateMetrics(registry),
  });
  const images = {
    ...common,
    registry: { plainHttpHosts: plainHttpRegistries, architecture, deadlineMs: 10_000, fetch },
    times: { refreshMs: 3_600_000, retryMs: 30_000, forgetMs: 24 * 3_600_000 },
    metrics: createImageMetrics(registry),
  };
  const pulls = { ...common, events, metrics: createPullMetrics(registry) };
  return async (signal) => {
    await Promise.all([
      runCertificates({ ...common, reconciler }, signal),
      runPlatform(common, signal),
      runImages(images, signal),
      runPulls(pulls, signal),
      runPolicyRules(common, signal),
      runModuleCleaning(common, signal),
    ]);
  };
}
