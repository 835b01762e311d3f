import { readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One mounted hierarchy of control groups (cgroups(7)). */
export interface Hierarchy {
  readonly folder: string;
  readonly version: 1 | 2;
  /** `cpuset`, `pids`, `name=systemd`; empty for version 2. */
  readonly controllers: readonly string[];
}

/** Reads the hierarchies from /proc/self/mounts. */
export function parseHierarchies(mounts: string): readonly Hierarchy[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, folder = '', type = '', options = '']): Hierarchy[] => {
      if (type === 'cgroup2') return [{ folder, version: 2, controllers: [] }];
      if (type !== 'cgroup') return [];
      const generic = new Set(['rw', 'ro', 'nosuid', 'nodev', 'noexec', 'relatime', 'xattr']);
      return [{ folder, version: 1, controllers: options.split(',').filter((option) => !generic.has(option)) }];
    });
}

export function hierarchies(): readonly Hierarchy[] {
  return parseHierarchies(readFileSync('/proc/self/mounts', 'utf8'));
}

/**
 * The hierarchy in which a cluster's own processes are put, so that taking it down finds every one of them and their
 * children whatever their numbers. Not cpu or memory: the kubelet wants to find itself in one group of both.
 */
export function trackingFolder(all: readonly Hierarchy[]): string {
  const found =
    all.find((hierarchy) => hierarchy.controllers.includes('pids')) ?? all.find(({ version }) => version === 2);
  if (found === undefined) {
    throw new Error('no hierarchy of control groups is mounted; a container needs --privileged to run a cluster');
  }
  return found.folder;
}

/** Makes a group in each hierarchy, as a kubelet expects of its root. */
export async function makeGroups(group: string): Promise<void> {
  for (const { folder, version, controllers } of hierarchies()) {
    const parts = group.split('/');
    for (const [at] of parts.entries()) {
      const parent = join(folder, ...parts.slice(0, at));
      const child = join(folder, ...parts.slice(0, at + 1));
      await mkdir(child, { recursive: true });
      if (version === 2) {
        await delegateControllers(parent);
      } else if (controllers.includes('cpuset')) {
        // A cpuset without CPUs and memory nodes takes no process (cpuset(7)).
        await copyValue(parent, child, 'cpuset.cpus');
        await copyValue(parent, child, 'cpuset.mems');
      }
    }
  }
}

async function delegateControllers(parent: string): Promise<void> {
  const available = (await readFile(join(parent, 'cgroup.controllers'), 'utf8')).trim();
  if (available !== '') {
    const words = available.split(' ').map((controller) => `+${controller}`);
    await writeFile(join(parent, 'cgroup.subtree_control'), words.join(' '));
  }
}

async function copyValue(parent: string, child: string, file: string): Promise<void> {
  const value = (await readFile(join(child, file), 'utf8')).trim();
  if (value === '') {
    await writeFile(join(child, file), await readFile(join(parent, file), 'utf8'));
  }
}

/** Every process in a group or below it, in any hierarchy. */
export async function processesIn(group: string): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const { folder } of hierarchies()) {
    for (const inner of await groupsBelow(join(folder, group))) {
      const text = await readFile(join(inner, 'cgroup.procs'), 'utf8').catch(() => '');
      text.split('\n').forEach((line) => line !== '' && found.add(Number(line)));
    }
  }
  return [...found];
}

/** Removes a group and all below it in each hierarchy; those that still hold a process stay. */
export async function removeGroups(group: string): Promise<void> {
  for (const { folder } of hierarchies()) {
    for (const inner of (await groupsBelow(join(folder, group))).toReversed()) {
      await rmdir(inner).catch(() => undefined);
    }
  }
}

/** The group's folder and all below it, each before those in it. */
async function groupsBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const inner = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return [folder, ...inner.sort()];
}
