import { cp, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheRoot, exists, keyOf, whileLocked } from '../../manifests/images/cache.ts';
import type { Environment } from '../../manifests/images/cache.ts';
import { run } from '../../manifests/images/command.ts';
import { buildEnvironment, groupSources } from '../cluster/binaries/key.ts';

/** Programs that ours are measured beside: each from a folder under `binaries/` with a go.mod of its own. */
const peers = {
  dapr: { package: '.' },
  gatekeeper: {
    package: 'github.com/open-policy-agent/gatekeeper/v3',
    /** A folder of the package's module that is kept beside the program. */
    folder: { from: 'charts/gatekeeper/crds', to: 'crds' },
  },
} as const satisfies Readonly<Record<string, Peer>>;

interface Peer {
  readonly package: string;
  readonly folder?: { readonly from: string; readonly to: string };
}

export type PeerName = keyof typeof peers;

/** Finds a peer in the cache, or builds it from the Go module proxy; it enters the cache by one rename. */
export async function ensurePeer(
  name: PeerName,
  environment: Environment,
  tell: (line: string) => void,
): Promise<string> {
  const folder = fileURLToPath(new URL(`./binaries/${name}`, import.meta.url));
  const peer: Peer = peers[name];
  const ldflags = '-s -w';
  const sources = [...(await groupSources(folder)), ldflags, JSON.stringify([buildEnvironment, peer])];
  const root = join(cacheRoot(environment), 'bin', `bench-${name}-${keyOf(sources).slice(0, 12)}`);
  const path = join(root, name);
  if (await exists(path)) return path;
  await whileLocked(join(cacheRoot(environment), 'bin.lock'), async () => {
    if (await exists(path)) return;
    tell(`building the peer ${name}, two to four minutes`);
    await mkdir(root, { recursive: true });
    const go = { folder, environment: buildEnvironment };
    await run('go', ['build', '-ldflags', ldflags, '-o', `${path}.draft`, peer.package], environment, go);
    if (peer.folder !== undefined) {
      const module = (await run('go', ['list', '-m', '-f', '{{.Dir}}', peer.package], environment, go)).trim();
      await cp(join(module, peer.folder.from), join(root, peer.folder.to), { recursive: true });
    }
    await rename(`${path}.draft`, path);
  });
  return path;
}
