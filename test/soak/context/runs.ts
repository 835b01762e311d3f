import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot, type Environment } from '../../../manifests/images/cache.ts';
import { runFolder } from '../../cluster/layout.ts';

/** A cache of its own for child processes: all that is built is shared, and the clusters are theirs alone. */
export interface PrivateCache {
  readonly folder: string;
  /** Names of the clusters that were begun with it, whether they are still there or not. */
  readonly clusters: ReadonlySet<string>;
  remove(): Promise<void>;
}

/** Makes a cache whose entries lead to the shared one's, but for the folder in which clusters have their records. */
export async function makePrivateCache(environment: Environment): Promise<PrivateCache> {
  const folder = await mkdtemp(join(tmpdir(), 'remora-soak-'));
  const shared = cacheRoot(environment);
  const runs = runFolder({ ...environment, REMORA_CACHE: folder });
  for (const entry of await readdir(shared)) {
    if (join(folder, entry) !== runs) await symlink(join(shared, entry), join(folder, entry));
  }
  await mkdir(runs);
  const clusters = new Set<string>();
  const watcher = watch(runs, (_event, name) => {
    // `.lock` is held by whoever looks for clusters.
    if (name !== null && !name.startsWith('.')) clusters.add(name);
  });
  return {
    folder,
    clusters,
    remove: async () => {
      watcher.close();
      await rm(folder, { recursive: true });
    },
  };
}
