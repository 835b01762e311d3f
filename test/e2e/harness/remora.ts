import { installChart } from './chart.ts';
import type { TestCluster } from './cluster.ts';

/** Where Remora stands when a suite has no reason for another place. */
export const remora = { release: 'remora', namespace: 'remora-system' } as const;

let installed: Promise<void> | undefined;

/** Values that every suite's installation has: images from where this cluster has them. */
export function remoraValues(cluster: TestCluster, values: object = {}): object {
  return { imagePrefix: cluster.imagePrefix, ...values };
}

/** Installs Remora on a cluster as a new user would, with its images at hand, and waits until it is ready. */
export async function installRemora(cluster: TestCluster, values: object = {}): Promise<void> {
  await cluster.load('remora', 'remora-telemetry', 'collector');
  await installChart(cluster, { ...remora, values: remoraValues(cluster, values) });
}

/** Remora on the cluster that suites share: installed by the first that asks, and used by the others. */
export function sharedRemora(cluster: TestCluster): Promise<void> {
  installed ??= installRemora(cluster);
  return installed;
}
