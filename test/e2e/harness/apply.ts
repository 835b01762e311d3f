import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from './cluster.ts';

/**
 * `kubectl apply` of objects, with further `words` for it, in a namespace unless they name another. Returns what kubectl
 * printed, warnings of admission included.
 *
 * @throws Error with what kubectl printed, when the API server refuses one of them.
 */
export async function applyObjects(
  cluster: TestCluster,
  namespace: string,
  objects: readonly unknown[],
  ...words: readonly string[]
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-apply-'));
  try {
    const file = join(folder, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return await cluster.kubectlWithWarnings('--namespace', namespace, 'apply', '--filename', file, ...words);
  } finally {
    await rm(folder, { recursive: true });
  }
}
