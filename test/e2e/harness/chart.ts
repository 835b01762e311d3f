import { fileURLToPath } from 'node:url';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './cluster.ts';

export interface ChartRelease {
  readonly release: string;
  readonly namespace: string;
  /** A chart's folder; Remora's own unless given. */
  readonly chart?: string;
  readonly values?: unknown;
  /** `120s`. */
  readonly timeout?: string;
}

/** Remora's chart. */
export const remoraChart = fileURLToPath(new URL('../../../manifests/chart', import.meta.url));

/** `helm upgrade --install`, waiting until everything is ready. Returns what Helm printed. */
export async function installChart(cluster: TestCluster, options: ChartRelease): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-values-'));
  try {
    const values = join(folder, 'values.json');
    await writeFile(values, JSON.stringify(options.values ?? {}));
    return await cluster.helm(
      ...['upgrade', options.release, options.chart ?? remoraChart, '--install', '--create-namespace'],
      ...['--namespace', options.namespace, '--values', values],
      ...['--wait', '--timeout', options.timeout ?? '120s'],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** `helm uninstall`, waiting until all is gone. */
export async function uninstallChart(cluster: TestCluster, release: string, namespace: string): Promise<string> {
  return await cluster.helm('uninstall', release, '--namespace', namespace, '--wait', '--timeout', '120s');
}
