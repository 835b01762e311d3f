/**
 * Assembles the container images and prints their names, digests and sizes.
 *
 *   npm run image [-- name…] [--architecture amd64|arm64|all] [--update-lock]
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { architectures, type Architecture } from './architecture.ts';
import { buildImage, contextOf, type BuiltImage } from './build.ts';
import { writeDebianLock } from './debian-lock.ts';
import { writeNodeLock } from './npm-package.ts';
import type { Recipe } from './recipe.ts';
import { imageNames, recipes, type ImageName } from './recipes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { architecture: { type: 'string' }, 'update-lock': { type: 'boolean', default: false } },
});

const started = Date.now();
const report = (line: string): void => {
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};
const environment = process.env;

if (values['update-lock']) {
  const context = await contextOf({ environment, report });
  const packages = imageNames.flatMap((name) => recipes[name].packages);
  await writeDebianLock(packages, context);
  await writeNodeLock(context);
  report('wrote debian.lock.json and node.lock.json');
} else {
  process.exitCode = await build(positionals, values.architecture);
}

async function build(words: readonly string[], wanted: string | undefined): Promise<number> {
  const unknown = words.filter((word) => !isImageName(word));
  const context = await contextOf({ environment });
  const chosen = chooseArchitectures(wanted ?? context.host);
  if (unknown.length > 0 || chosen.length === 0) {
    process.stderr.write(
      `${[...unknown, ...(chosen.length === 0 ? [wanted] : [])].join(', ')}: unknown; ` +
        `images: ${imageNames.join(', ')}; architectures: ${architectures.join(', ')}, all\n`,
    );
    return 64;
  }
  const names = words.length === 0 ? imageNames : words.filter(isImageName);
  const built: BuiltImage[] = [];
  const skipped: string[] = [];
  const failures: string[] = [];
  for (const architecture of chosen) {
    for (const name of names) {
      const { hostOnly }: Recipe = recipes[name];
      if (hostOnly !== undefined && architecture !== context.host) {
        skipped.push(`${name} ${architecture}: ${hostOnly}`);
        continue;
      }
      try {
        built.push(await buildImage(name, { architecture, environment, report }));
      } catch (error) {
        failures.push(`${name} ${architecture}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  process.stdout.write(`${table(built, context.host)}\n`);
  for (const reason of skipped) {
    process.stdout.write(`skipped: ${reason}\n`);
  }
  for (const failure of failures) {
    process.stderr.write(`not built: ${failure}\n`);
  }
  report(`${built.length} images built or found, ${skipped.length} skipped, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

function isImageName(word: string): word is ImageName {
  return Object.hasOwn(recipes, word);
}

function chooseArchitectures(wanted: string): readonly Architecture[] {
  return architectures.filter((architecture) => wanted === 'all' || wanted === architecture);
}

function table(images: readonly BuiltImage[], host: Architecture): string {
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
