import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface PullMetrics {
  setWaiting(pods: number): void;
}

/** How many pods wait for an image that Remora put in, for an alert (docs/operations.md). */
export function createPullMetrics(registry: Registry): PullMetrics {
  const waiting = new Gauge({
    name: 'remora_injected_pods_waiting',
    help: 'Pods that cannot start since their node cannot get an image that Remora put in.',
    registers: [registry],
  });
  return { setWaiting: (pods) => waiting.set(pods) };
}
