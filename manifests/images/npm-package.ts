import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { architectures, nodeSpelling, type Architecture } from './architecture.ts';
import { once, type Environment } from './cache.ts';
import { run } from './command.ts';

/**
 * The npm packages that hold Node's binary for one architecture each. They are not in package-lock.json, since the
 * package `node` fetches only this machine's one; so their digests stand in a lock of their own.
 */
export interface NodeLock {
  readonly version: string;
  /** Subresource integrity of the package's archive, as the registry gives it. */
  readonly integrity: Readonly<Record<Architecture, string>>;
}

export interface NpmContext {
  readonly cache: string;
  readonly repository: string;
  readonly environment: Environment;
  readonly report: (line: string) => void;
}

const lockFile = new URL('node.lock.json', import.meta.url);

/**
 * Reads the lock that is checked in.
 *
 * @throws Error when it is for another version than package-lock.json: the image must hold the Node that is tested.
 */
export async function readNodeLock(repository: string): Promise<NodeLock> {
  const lock = JSON.parse(await readFile(lockFile, 'utf8')) as NodeLock;
  const installed = await installedNode(repository);
  if (installed !== lock.version) {
    throw new Error(
      `package-lock.json has node ${installed}, node.lock.json has ${lock.version}: run npm run image -- --update-lock`,
    );
  }
  return lock;
}

/** Asks the registry for the digests of the version that package-lock.json has, and writes the lock anew. */
export async function writeNodeLock(context: NpmContext): Promise<void> {
  const version = await installedNode(context.repository);
  const integrity: Record<string, string> = {};
  for (const architecture of architectures) {
    const wanted = `${packageName(architecture)}@${version}`;
    const printed = await run('npm', ['view', wanted, 'dist.integrity', '--json'], context.environment);
    integrity[architecture] = String(JSON.parse(printed));
  }
  await writeFile(lockFile, `${JSON.stringify({ version, integrity }, null, 2)}\n`);
}

/** Fetches Node's binary for an architecture, as its package has it. */
export async function fetchNode(lock: NodeLock, architecture: Architecture, context: NpmContext): Promise<string> {
  const name = packageName(architecture);
  const folder = await once(join(context.cache, 'npm', `${name}-${lock.version}`), async (draft) => {
    context.report(`fetching ${name} ${lock.version}`);
    const words = ['pack', '--silent', '--pack-destination', draft, `${name}@${lock.version}`];
    await run('npm', words, context.environment, { folder: draft });
    const [archive = ''] = (await readdir(draft)).filter((file) => file.endsWith('.tgz'));
    const digest = createHash('sha512').update(await readFile(join(draft, archive)));
    const found = `sha512-${digest.digest('base64')}`;
    if (found !== lock.integrity[architecture]) {
      throw new Error(
        `${name} ${lock.version} is ${found}, not ${lock.integrity[architecture]} as node.lock.json says`,
      );
    }
    await run('tar', ['-xzf', archive, '--no-same-owner', 'package/bin/node', 'package/LICENSE'], context.environment, {
      folder: draft,
    });
  });
  return join(folder, 'package');
}

function packageName(architecture: Architecture): string {
  return `node-linux-${nodeSpelling[architecture]}`;
}

async function installedNode(repository: string): Promise<string> {
  const text = await readFile(join(repository, 'package-lock.json'), 'utf8');
  const lock = JSON.parse(text) as { readonly packages: Readonly<Record<string, { readonly version?: string }>> };
  return lock.packages['node_modules/node']?.version ?? 'none';
}
