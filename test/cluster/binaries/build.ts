import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot, exists, whileLocked, type Environment } from '../../../manifests/images/cache.ts';
import { run } from '../../../manifests/images/command.ts';
import { buildEnvironment, buildWords, groupFolder, groupSources } from './key.ts';
import { binaries, type Binary, type Group } from './table.ts';

export interface BinaryOptions {
  readonly environment: Environment;
  /** Takes a line for each binary that has to be built; nothing is said when the cache has them all. */
  readonly report: (line: string) => void;
}

/** Where each binary that was asked for stands, by its name. */
export type BinaryPaths = Readonly<Record<string, string>>;

interface Place {
  readonly binary: Binary;
  readonly path: string;
}

const modules = fileURLToPath(new URL('.', import.meta.url));

/**
 * Finds the named binaries in the cache and builds those that are missing, one after another: `go build` uses all of
 * the machine. Each enters the cache by one rename as soon as it is there. Go's own caches (5 GB) stay only while
 * something has to be built.
 *
 * @throws Error with what Go printed, when a build fails; what was built before it stays.
 */
export async function ensureBinaries(names: readonly string[], options: BinaryOptions): Promise<BinaryPaths> {
  const places = await placesOf(names, options.environment);
  if ((await missing(places)).length > 0) {
    await buildMissing(places, options);
  }
  return Object.fromEntries(places.map(({ binary, path }) => [binary.name, path]));
}

/** Where the named binaries stand, or will stand. */
async function placesOf(names: readonly string[], environment: Environment): Promise<readonly Place[]> {
  const wanted = binaries.filter((binary) => names.includes(binary.name));
  const unknown = names.filter((name) => !wanted.some((binary) => binary.name === name));
  if (unknown.length > 0) {
    throw new Error(`no such binary: ${unknown.join(', ')}; known are ${binaries.map(({ name }) => name).join(', ')}`);
  }
  const groups = [...new Set(wanted.map((binary) => binary.group))];
  const folders = new Map<Group, string>();
  for (const group of groups) {
    folders.set(group, groupFolder(group, await groupSources(join(modules, group))));
  }
  const root = join(cacheRoot(environment), 'bin');
  return wanted.map((binary) => ({ binary, path: join(root, folders.get(binary.group) ?? '', binary.name) }));
}

async function missing(places: readonly Place[]): Promise<readonly Place[]> {
  const found = await Promise.all(places.map(async ({ path }) => await exists(path)));
  return places.filter((_, at) => found[at] !== true);
}

async function buildMissing(places: readonly Place[], { environment, report }: BinaryOptions): Promise<void> {
  const cache = cacheRoot(environment);
  const go = join(cache, 'go');
  const goEnvironment = {
    ...buildEnvironment,
    GOCACHE: join(go, 'build'),
    GOMODCACHE: join(go, 'mod'),
  };
  await whileLocked(join(cache, 'bin.lock'), async () => {
    // Another process may have built them while this one waited for the lock.
    const todo = await missing(places);
    for (const [at, { binary, path }] of todo.entries()) {
      const title = `${binary.name} ${binary.version} (${at + 1} of ${todo.length})`;
      report(`building ${title}`);
      const startedAt = performance.now();
      const draft = `${path}.draft`;
      await mkdir(join(path, '..'), { recursive: true });
      const folder = join(modules, binary.group);
      await run('go', buildWords(binary, draft), environment, { folder, environment: goEnvironment });
      await rename(draft, path);
      report(`built ${title} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    if (todo.length > 0) {
      await rm(go, { recursive: true, force: true });
    }
  });
}
