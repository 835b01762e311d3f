import { readFile, writeFile } from 'node:fs/promises';
import { architectures, type Architecture } from './architecture.ts';
import { aptRoot, currentVersions, type DebianContext } from './debian.ts';

/** A package's version and the SHA-256 of its .deb, as the archive's signed index gives them. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Versions by architecture and package name; checked in, so that two builds take the same bytes. */
export type DebianLock = Readonly<
  Record<Architecture, Readonly<Record<string, { readonly version: string; readonly sha256: string }>>>
>;

const lockFile = new URL('debian.lock.json', import.meta.url);

/** Reads the lock that is checked in. */
export async function readDebianLock(): Promise<DebianLock> {
  // Written by writeDebianLock alone, and every use of it is checked against a .deb's digest.
  return JSON.parse(await readFile(lockFile, 'utf8')) as DebianLock;
}

/**
 * Finds packages in the lock.
 *
 * @throws Error that names every package which the lock does not have.
 */
export function lockedPackages(
  names: readonly string[],
  architecture: Architecture,
  lock: DebianLock,
): readonly LockedPackage[] {
  const missing = names.filter((name) => lock[architecture][name] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `debian.lock.json has no ${missing.join(', ')} for ${architecture}: run npm run image -- --update-lock`,
    );
  }
  return names.flatMap((name) => {
    const found = lock[architecture][name];
    return found === undefined ? [] : [{ name, ...found }];
  });
}

/** Asks the archive for the current version of every package, and writes the lock anew. */
export async function writeDebianLock(packages: readonly string[], context: DebianContext): Promise<void> {
  const lock: Record<string, Record<string, object>> = {};
  for (const architecture of architectures) {
    const names = [...new Set(packages)].sort();
    const found = await currentVersions(names, await aptRoot(architecture, context), context);
    const missing = names.filter((name) => !found.some((locked) => locked.name === name));
    if (missing.length > 0) {
      throw new Error(`Debian has no ${missing.join(', ')} for ${architecture}`);
    }
    lock[architecture] = Object.fromEntries(found.map(({ name, ...locked }) => [name, locked]));
  }
  await writeFile(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
}
