import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf } from '../../../manifests/images/cache.ts';
import { binaries, type Binary, type Group } from './table.ts';

/** Flags and variables of every build. No cgo: the results need no library, and the machine no C compiler. */
export const buildEnvironment = {
  CGO_ENABLED: '0',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
  GOFLAGS: '-trimpath -buildvcs=false -mod=readonly -modcacherw',
} as const;

/** A group's sources as its go.mod, go.sum and Go files: name and text of each, in the order of names. */
export async function groupSources(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).sort();
  const texts = await Promise.all(names.map(async (name) => await readFile(join(folder, name), 'utf8')));
  return names.flatMap((name, at) => [name, texts[at] ?? '']);
}

/**
 * The cache folder of a group's binaries: `kubernetes-1.37.2-0a1b2c3d4e5f`. Whatever changes what is built changes the
 * key: the module's files, the flags, the versions in the table.
 */
export function groupFolder(group: Group, sources: readonly string[]): string {
  const members = binaries.filter((binary) => binary.group === group);
  const flags = members.map((binary) => [binary.package, binary.ldflags, binary.version].join(' '));
  const key = keyOf([...sources, JSON.stringify(buildEnvironment), ...flags]).slice(0, 12);
  return `${group}-${members[0]?.version ?? ''}-${key}`;
}

/** The words after `go` that build one binary into `output`. */
export function buildWords(binary: Binary, output: string): readonly string[] {
  return ['build', '-ldflags', binary.ldflags, '-o', output, binary.package];
}
