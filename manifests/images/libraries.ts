import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { gnuSpelling, type Architecture } from './architecture.ts';
import type { UnpackedPackage } from './debian.ts';
import { readLinkageOf } from './elf.ts';
import type { FileTree } from './tree.ts';

/** Where a loader of Debian looks for libraries without being told. */
function libraryFolders(architecture: Architecture): readonly string[] {
  return [`lib/${gnuSpelling[architecture]}`, `usr/lib/${gnuSpelling[architecture]}`];
}

/**
 * Adds the loader and the shared libraries that the programs and libraries already in the tree link, and what those
 * link in turn, from unpacked packages. Libraries that a program brings in folders of its own count as found.
 *
 * @throws Error that names every library that no package has.
 */
export function addLibraries(tree: FileTree, packages: readonly UnpackedPackage[], architecture: Architecture): void {
  const folder = libraryFolders(architecture).at(-1) ?? '';
  const missing: string[] = [];
  const own = new Set(tree.entries.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
  const queue = tree.entries.flatMap((entry) =>
    entry.type === 'file' && entry.content.kind === 'path' ? [entry.content.path] : [],
  );
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const linkage = readLinkageOf(path);
    if (linkage?.interpreter !== undefined) {
      addLoader(tree, linkage.interpreter, packages, architecture);
    }
    for (const name of linkage?.needed ?? []) {
      const target = `${folder}/${name}`;
      if (own.has(name) || tree.get(target) !== undefined || name.startsWith('ld-linux-')) {
        continue;
      }
      const found = locate(name, packages, architecture);
      if (found === undefined) {
        missing.push(`${name} (for ${path.slice(path.lastIndexOf('/') + 1)})`);
        own.add(name);
      } else {
        tree.addPath(target, found, 0o644);
        queue.push(found);
      }
    }
  }
  if (missing.length > 0) {
    throw new Error(`no package of the recipe has ${missing.join(', ')}`);
  }
}

function locate(name: string, packages: readonly UnpackedPackage[], architecture: Architecture): string | undefined {
  for (const found of packages) {
    for (const folder of libraryFolders(architecture)) {
      const path = join(found.folder, folder, name);
      if (existsSync(path)) {
        return realpathSync(path);
      }
    }
  }
  return undefined;
}

/** The loader stands where every program names it, which is part of the architecture's ABI. */
function addLoader(
  tree: FileTree,
  interpreter: string,
  packages: readonly UnpackedPackage[],
  architecture: Architecture,
): void {
  const found = locate(interpreter.slice(interpreter.lastIndexOf('/') + 1), packages, architecture);
  if (found === undefined) {
    throw new Error(`no package of the recipe has the loader ${interpreter}`);
  }
  tree.addPath(interpreter.slice(1), found, 0o755);
}
