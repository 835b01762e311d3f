import { randomBytes } from 'node:crypto';
import { resources } from '../../../kube/resources.ts';
import { applyObjects } from './apply.ts';
import { attemptUntil } from './attempts.ts';
import { installChart } from './chart.ts';
import type { TestCluster } from './cluster.ts';

/** Where Remora stands when a suite has no reason for another place. */
export const remora = { release: 'remora', namespace: 'remora-system' } as const;

let installed: Promise<void> | undefined;

/** Values that every suite's installation has: images from where this cluster has them. */
export function remoraValues(cluster: TestCluster, values: object = {}): object {
  return { imagePrefix: cluster.imagePrefix, ...values };
}

/**
 * Installs Remora on a cluster as a new user would, with its images at hand, and waits until it is ready and the API
 * server asks it: Helm knows of the pods, not of what the API server and kube-proxy have heard.
 */
export async function installRemora(cluster: TestCluster, values: object = {}): Promise<void> {
  await cluster.load('remora', 'remora-policy', 'remora-telemetry', 'collector');
  await installChart(cluster, { ...remora, values: remoraValues(cluster, values) });
  await untilAsked(cluster);
}

/**
 * Waits until a workload of a labelled namespace is previewed. Its entry's failurePolicy is Ignore, so a call that does
 * not reach the webhook is no error that anyone sees: only a warning is missing.
 */
async function untilAsked(cluster: TestCluster): Promise<void> {
  const name = `remora-asked-${randomBytes(3).toString('hex')}`;
  const labels = { 'remora.dev/inject': 'enabled' };
  const made = await cluster.client.create(resources.namespaces, { metadata: { name, labels } });
  if (made.outcome === 'failed') throw new Error(made.message);
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'example.invalid/none:1' }] },
  };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template },
  };
  try {
    await attemptUntil('the API server asks the webhook about a workload', 30_000, async () => {
      const printed = await applyObjects(cluster, name, [workload], '--dry-run=server');
      return printed.includes('Warning: ') ? true : undefined;
    });
  } finally {
    await cluster.client.delete(resources.namespaces, { name });
  }
}

/** Remora on the cluster that suites share: installed by the first that asks, and used by the others. */
export function sharedRemora(cluster: TestCluster): Promise<void> {
  installed ??= installRemora(cluster);
  return installed;
}
