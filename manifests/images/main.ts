/**
 * Assembles the container images and prints their names, digests and sizes.
 *
 *   npm run image [-- name…] [--architecture amd64|arm64|all] [--json] [--reproduce] [--update-lock]
 *
 * --json         prints what was built as JSON instead of a table
 * --reproduce    builds in two clones of the last commit instead, and compares the archives bit for bit
 * --update-lock  takes the newest packages that Debian and npm offer into the locks, and builds nothing
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { architectures, type Architecture } from './architecture.ts';
import { buildImage, contextOf, type BuiltImage } from './build.ts';
import { writeDebianLock } from './debian-lock.ts';
import { writeNodeLock } from './npm-package.ts';
import type { Recipe } from './recipe.ts';
import { imageNames, recipes, type ImageName } from './recipes.ts';
import { reproduce } from './reproduce.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    architecture: { type: 'string' },
    json: { type: 'boolean', default: false },
    reproduce: { type: 'boolean', default: false },
    'update-lock': { type: 'boolean', default: false },
  },
});

/** sysexits.h: the command line was wrong. */
const exitUsage = 64;
const environment = process.env;
const started = performance.now();
const report = (line: string): void => {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
const { host } = await contextOf({ environment });
const chosen = architectures.filter((architecture) => [architecture, 'all'].includes(values.architecture ?? host));
const unknown = [
  ...positionals.filter((word) => !isImageName(word)),
  ...(chosen.length === 0 ? [values.architecture] : []),
];
const names = positionals.length === 0 ? imageNames : positionals.filter(isImageName);

if (unknown.length > 0) {
  const known = `images: ${imageNames.join(', ')}; architectures: ${architectures.join(', ')}, all`;
  process.stderr.write(`${unknown.join(', ')}: unknown; ${known}\n`);
  process.exitCode = exitUsage;
} else if (values['update-lock']) {
  const context = await contextOf({ environment, report });
  await writeDebianLock(
    imageNames.flatMap((name) => recipes[name].packages),
    context,
  );
  await writeNodeLock(context);
  report('wrote debian.lock.json and node.lock.json');
} else if (values.reproduce) {
  process.exitCode = await compareClones();
} else {
  process.exitCode = await build();
}

async function build(): Promise<number> {
  const built: BuiltImage[] = [];
  const skipped: string[] = [];
  const failures: string[] = [];
  for (const architecture of chosen) {
    for (const name of names) {
      const reason = whyNot(name, architecture);
      if (reason !== undefined) {
        skipped.push(`skipped: ${name} ${architecture}: ${reason}`);
        continue;
      }
      try {
        built.push(await buildImage(name, { architecture, environment, report }));
      } catch (error) {
        failures.push(`not built: ${name} ${architecture}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  process.stdout.write(`${values.json ? JSON.stringify(built) : table(built)}\n`);
  for (const line of [...skipped, ...failures]) {
    process.stderr.write(`${line}\n`);
  }
  report(`${built.length} images built or found, ${skipped.length} skipped, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

async function compareClones(): Promise<number> {
  let different = 0;
  for (const architecture of chosen) {
    const possible = names.filter((name) => whyNot(name, architecture) === undefined);
    const context = await contextOf({ architecture, environment, report });
    for (const { image, equal, archives } of await reproduce(possible, context, process.execPath)) {
      different += equal ? 0 : 1;
      process.stdout.write(
        `${image} ${architecture}: ${equal ? `equal, sha256:${archives[0]}` : `different: ${archives.join(', ')}`}\n`,
      );
    }
  }
  return different === 0 ? 0 : 1;
}

function whyNot(name: ImageName, architecture: Architecture): string | undefined {
  const { hostOnly }: Recipe = recipes[name];
  return architecture === host ? undefined : hostOnly;
}

function isImageName(word: string): word is ImageName {
  return Object.hasOwn(recipes, word);
}

function table(images: readonly BuiltImage[]): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const rows = [
    ['image', 'architecture', 'on disk', 'to pull', 'digest', 'archive'],
    ...images.map((image) => [
      image.reference,
      image.architecture + (image.architecture === host ? '' : ' (not run)'),
      megabytes(image.sizeBytes),
      megabytes(image.archiveBytes),
      image.digest,
      image.archive,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
