import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from './architecture.ts';
import type { BuiltImage } from './build.ts';
import { run } from './command.ts';
import type { BuildContext } from './recipe.ts';
import type { ImageName } from './recipes.ts';

/** One image as two clones built it. */
export interface Comparison {
  readonly image: ImageName;
  readonly architecture: Architecture;
  /** SHA-256 of each clone's archive, all of its bytes. */
  readonly archives: readonly [string, string];
  readonly equal: boolean;
}

interface Clone {
  readonly folder: string;
  readonly cache: string;
  readonly umask: string;
  /** The date that every file gets. */
  readonly date: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Clones the last commit twice and builds the same images in both: at other paths, under another umask, with files of
 * another date, in another time zone and language, each with a cache of its own that starts with nothing but the Go
 * binaries, which take minutes.
 *
 * @returns for each image whether the archives are equal bit for bit.
 */
export async function reproduce(
  names: readonly ImageName[],
  context: BuildContext,
  program: string,
): Promise<readonly Comparison[]> {
  const root = join(context.cache, 'reproduce');
  await rm(root, { recursive: true, force: true });
  const clones: readonly [Clone, Clone] = [
    {
      folder: join(root, 'a'),
      cache: join(root, 'a.cache'),
      umask: '022',
      date: '2001-02-03',
      variables: { TZ: 'UTC', LANG: 'C' },
    },
    {
      folder: join(root, 'a-longer-path/b'),
      cache: join(root, 'b.cache'),
      umask: '077',
      date: '2031-04-05',
      variables: { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
    },
  ];
  // Both before either is built: the repository may get another commit meanwhile.
  const commit = (await run('git', ['rev-parse', 'HEAD'], context.environment, { folder: context.repository })).trim();
  for (const clone of clones) {
    await makeClone(clone, commit, context);
  }
  const one = await buildClone(clones[0], names, context, program);
  const other = await buildClone(clones[1], names, context, program);
  const comparisons = await Promise.all(names.map(async (name) => await compare(name, one, other)));
  if (comparisons.every(({ equal }) => equal)) {
    await rm(root, { recursive: true, force: true });
  } else {
    context.report(`the clones and what they built stay in ${root}`);
  }
  return comparisons;
}

async function makeClone(
  clone: Clone,
  commit: string,
  { environment, repository, cache }: BuildContext,
): Promise<void> {
  const script = `umask ${clone.umask} && git clone -q "$0" "$1" && git -C "$1" checkout -q ${commit}`;
  await run('sh', ['-c', script, repository, clone.folder], environment);
  await run('find', [clone.folder, '-exec', 'touch', '-h', '-d', clone.date, '{}', '+'], environment);
  await run('cp', ['-a', join(repository, 'node_modules'), clone.folder], environment);
  await seedBinaries(cache, clone.cache);
}

async function buildClone(
  clone: Clone,
  names: readonly ImageName[],
  context: BuildContext,
  program: string,
): Promise<readonly BuiltImage[]> {
  context.report(`building ${names.join(', ')} in a clone with umask ${clone.umask}`);
  const words = `exec "$0" manifests/images/main.ts ${names.join(' ')} --architecture ${context.architecture} --json`;
  const printed = await run('sh', ['-c', `umask ${clone.umask} && ${words}`, program], context.environment, {
    folder: clone.folder,
    environment: { ...clone.variables, REMORA_CACHE: clone.cache },
  });
  return JSON.parse(printed) as readonly BuiltImage[];
}

async function seedBinaries(from: string, to: string): Promise<void> {
  const binaries = join(from, 'bin');
  const found = existsSync(binaries) ? await readdir(binaries) : [];
  await mkdir(join(to, 'bin'), { recursive: true });
  for (const name of found.filter((folder) => folder.startsWith('collector-'))) {
    await cp(join(binaries, name), join(to, 'bin', name), { recursive: true });
  }
}

async function compare(name: ImageName, one: readonly BuiltImage[], other: readonly BuiltImage[]): Promise<Comparison> {
  const pair = [one, other].map((images) => images.find((image) => image.name === name));
  const [first, second] = pair;
  if (first === undefined || second === undefined) {
    throw new Error(`a clone did not build ${name}`);
  }
  const archives = [await digestOf(first.archive), await digestOf(second.archive)] as const;
  return { image: name, architecture: first.architecture, archives, equal: archives[0] === archives[1] };
}

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
