import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileTree } from './tree.ts';

/** A package in node_modules, by its path from the repository. */
export interface InstalledPackage {
  readonly path: string;
  readonly version: string;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Finds the packages that the named ones need to run, where npm installed them: each name is looked for in the nearest
 * node_modules upward, as Node does.
 *
 * @throws Error when a package is not installed.
 */
export function npmClosure(repository: string, names: readonly string[]): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visit = (name: string, from: string): void => {
    const path = resolve(repository, name, from);
    if (found.has(path)) {
      return;
    }
    const manifest = JSON.parse(readFileSync(join(repository, path, 'package.json'), 'utf8')) as Manifest;
    found.set(path, { path, version: manifest.version });
    for (const dependency of Object.keys(manifest.dependencies ?? {})) {
      visit(dependency, path);
    }
  };
  for (const name of names) {
    visit(name, '.');
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function resolve(repository: string, name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(repository, path, 'package.json'))) {
      return path;
    }
    if (folder === '.') {
      throw new Error(`${name}, which ${from} needs, is not installed: run npm ci`);
    }
  }
}

/** Adds installed packages below a folder of the image, each without the packages inside it that are not needed. */
export function addNpmPackages(
  tree: FileTree,
  repository: string,
  packages: readonly InstalledPackage[],
  at: string,
): void {
  for (const { path } of packages) {
    tree.addFolder(join(repository, path), {
      at: join(at, path),
      keep: (file) => !file.startsWith('node_modules/') && !file.includes('/node_modules/'),
    });
  }
}
