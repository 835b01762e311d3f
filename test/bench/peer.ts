import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot, exists, keyOf, whileLocked } from '../../manifests/images/cache.ts';
import type { Environment } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { buildEnvironment, groupSources } from '../cluster/binaries/key.ts';

/** A Go program that stands beside this file, under `binaries/`, with a go.mod of its own. */
export type PeerName = 'dapr';

/** Finds a peer in the cache, or builds it from the Go module proxy; it enters the cache by one rename. */
export async function ensurePeer(
  name: PeerName,
  environment: Environment,
  tell: (line: string) => void,
): Promise<string> {
  const folder = fileURLToPath(new URL(`./binaries/${name}`, import.meta.url));
  const ldflags = '-s -w';
  const key = keyOf([...(await groupSources(folder)), ldflags, JSON.stringify(buildEnvironment)]).slice(0, 12);
  const root = join(cacheRoot(environment), 'bin', `bench-${name}-${key}`);
  const path = join(root, name);
  if (await exists(path)) return path;
  await whileLocked(join(cacheRoot(environment), 'bin.lock'), async () => {
    if (await exists(path)) return;
    tell(`building the peer ${name}, about two minutes`);
    await mkdir(root, { recursive: true });
    const words = ['build', '-ldflags', ldflags, '-o', `${path}.draft`, '.'];
    await run('go', words, environment, { folder, environment: buildEnvironment });
    await rename(`${path}.draft`, path);
  });
  return path;
}
