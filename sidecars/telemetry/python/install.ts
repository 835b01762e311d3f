import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Environment } from '../command.ts';

/** Sets of libraries: the lowest Python that a set is for names its requirements and its folder. */
export const librarySets = ['3.9', '3.10'] as const;

/** What pip writes that differs between two installs of the same wheels, or that nothing here reads. */
const bookkeeping = /^(?:RECORD|INSTALLER|REQUESTED|direct_url\.json)$/;

/**
 * Writes the Python agent into a folder: `sitecustomize.py`, `remora_telemetry`, and OpenTelemetry's packages below it.
 * Needs pip; takes only wheels that are pure Python. No byte code: it would have to be there for each Python version.
 */
export async function installPythonAgent(
  source: string,
  folder: string,
  cache: string,
  environment: Environment,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(source, 'sitecustomize.py'), join(folder, 'sitecustomize.py'));
  const agent = join(folder, 'remora_telemetry');
  await cp(join(source, 'remora_telemetry'), agent, {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  });
  for (const version of librarySets) {
    const requirements = join(source, `requirements-${version}.txt`);
    await cp(await fetchLibraries(requirements, version, cache, environment), join(agent, 'libraries', version), {
      recursive: true,
    });
  }
}

/** Installs one set into the cache, under a name that holds what was asked for. */
async function fetchLibraries(
  requirements: string,
  version: string,
  cache: string,
  environment: Environment,
): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cache, `python-${version}-${key}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const platform = [
    '--only-binary=:all:',
    '--platform=any',
    '--implementation=py',
    '--abi=none',
    `--python-version=${version}`,
  ];
  const words = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--no-compile',
    '--root-user-action=ignore',
    ...platform,
  ];
  await run('python3', [...words, `--target=${draft}`, `--requirement=${requirements}`], draft, environment);
  await rm(join(draft, 'bin'), { recursive: true, force: true });
  await removeBookkeeping(draft);
  await rename(draft, folder);
  return folder;
}

async function removeBookkeeping(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.dist-info')) continue;
    const files = await readdir(join(folder, name));
    for (const file of files.filter((file) => bookkeeping.test(file))) await rm(join(folder, name, file));
  }
}
