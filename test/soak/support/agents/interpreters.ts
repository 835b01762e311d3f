import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../../manifests/images/command.ts';
import { cacheRoot } from '../../../../manifests/images/cache.ts';
import type { Environment } from '../../../../manifests/images/cache.ts';

export type Found =
  | { readonly outcome: 'found'; readonly path: string }
  /** Not to be had on this machine, and why. */
  | { readonly outcome: 'absent'; readonly reason: string };

/** Node of one version, as its npm package carries it; kept in the cache. */
export async function findNode(version: string, environment: Environment): Promise<Found> {
  const folder = join(cacheRoot(environment), 'agents', `node-${version}`);
  const path = join(folder, 'package', 'bin', 'node');
  if (existsSync(path)) return { outcome: 'found', path };
  const draft = `${folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const name = `node-linux-${process.arch}@${version}`;
  const file = await run('npm', ['pack', '--silent', name], environment, { folder: draft }).catch((error: unknown) => ({
    reason: `npm has no ${name}: ${String(error).split('\n')[0] ?? ''}`,
  }));
  if (typeof file !== 'string') return { outcome: 'absent', reason: file.reason };
  await run('tar', ['-xzf', file.trim().split('\n').at(-1) ?? ''], environment, { folder: draft });
  await rename(draft, folder);
  return { outcome: 'found', path };
}

/** CPython of one minor version: `python3.9` among pyenv's, else on the path. */
export async function findPython(minor: string, environment: Environment): Promise<Found> {
  const versions = join(environment['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const names = existsSync(versions) ? await readdir(versions) : [];
  const version = names.find((name) => name.startsWith(`${minor}.`));
  const own = version === undefined ? undefined : join(versions, version, 'bin', 'python');
  if (own !== undefined && existsSync(own)) return { outcome: 'found', path: own };
  const onPath = (await run('sh', ['-c', `command -v python${minor} || true`], environment)).trim();
  const isThere = onPath !== '' && !onPath.includes('/shims/');
  return isThere
    ? { outcome: 'found', path: onPath }
    : { outcome: 'absent', reason: `no CPython ${minor} among pyenv's versions, nor on the path` };
}

/** Homes of the JVMs that this machine has, by their feature version; `wanted` that it has not are absent. */
export async function findJava(wanted: number, environment: Environment): Promise<Found> {
  const folder = '/usr/lib/jvm';
  const names = existsSync(folder) ? await readdir(folder) : [];
  for (const name of names) {
    const home = join(folder, name);
    const java = join(home, 'bin', 'java');
    if (!existsSync(java)) continue;
    const printed = await run(java, ['-version'], environment, { withErrors: true });
    const [, first = '', second = ''] = /version "(\d+)(?:\.(\d+))?/.exec(printed) ?? [];
    if (Number(first === '1' ? second : first) === wanted) return { outcome: 'found', path: home };
  }
  return { outcome: 'absent', reason: `no Java ${wanted} in ${folder}, nor in a registry that this machine reaches` };
}
