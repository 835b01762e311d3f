import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { architectureOf, type Architecture } from './architecture.ts';
import { cacheRoot, keyOf, once, type Environment } from './cache.ts';
import { writeArchive, writeLayer } from './layer.ts';
import { layOut, type LayerBlob } from './oci.ts';
import type { BuildContext, ImagePlan, LayerPlan, Recipe } from './recipe.ts';
import { recipes, type ImageName } from './recipes.ts';
import { FileTree } from './tree.ts';

export interface BuildOptions {
  /** This machine's by default. */
  readonly architecture?: Architecture;
  /** The environment of the process: it says where the cache is, and where the programs are. */
  readonly environment: Environment;
  /** Takes a line whenever something begins that may take a while; nothing is said when the cache has it all. */
  readonly report?: (line: string) => void;
}

/** A built image: an OCI archive on this machine, as `ctr images import` takes it. */
export interface BuiltImage {
  readonly name: ImageName;
  readonly architecture: Architecture;
  readonly archive: string;
  readonly reference: string;
  /** Digest of the manifest, by which a registry and the container runtime know the image. */
  readonly digest: string;
  /** What its files take on a node's disk. */
  readonly sizeBytes: number;
  /** What is pushed and pulled: the archive with compressed layers. */
  readonly archiveBytes: number;
}

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * Builds one image, or finds it in the cache, where it stands under a key of all that it is made from.
 *
 * @throws Error when something that the recipe needs is missing, with what to do.
 */
export async function buildImage(name: ImageName, options: BuildOptions): Promise<BuiltImage> {
  const context = await contextOf(options);
  const recipe: Recipe = recipes[name];
  if (recipe.hostOnly !== undefined && context.architecture !== context.host) {
    throw new Error(`${name} is not built for ${context.architecture}: ${recipe.hostOnly}`);
  }
  const plan = await recipe.plan(context);
  const builder = await builderKey();
  const keys = plan.layers.map((layer) => keyOf([builder, context.architecture, ...layer.inputs]));
  const key = keyOf([builder, context.architecture, plan.reference, JSON.stringify(plan.run), ...keys]);
  const folder = await once(join(context.cache, 'images', key), async (draft) => {
    const blobs: LayerBlob[] = [];
    for (const [at, layer] of plan.layers.entries()) {
      blobs.push(await buildLayer(layer, keys[at] ?? '', `${name} ${context.architecture}`, context));
    }
    checkSize(name, blobs, recipe);
    await writeImage(plan, blobs, draft, context);
  });
  const facts = JSON.parse(await readFile(join(folder, 'image.json'), 'utf8')) as ImageFacts;
  return {
    name,
    architecture: context.architecture,
    archive: join(folder, 'image.tar'),
    reference: plan.reference,
    ...facts,
  };
}

/** Builds images one after another: each uses all of the machine where it can. */
export async function buildImages(names: readonly ImageName[], options: BuildOptions): Promise<readonly BuiltImage[]> {
  const built: BuiltImage[] = [];
  for (const name of names) {
    built.push(await buildImage(name, options));
  }
  return built;
}

interface ImageFacts {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly archiveBytes: number;
}

async function buildLayer(layer: LayerPlan, key: string, image: string, context: BuildContext): Promise<LayerBlob> {
  const folder = await once(join(context.cache, 'images', 'layers', key), async (draft) => {
    context.report(`${image}: assembling the layer ${layer.name}`);
    const tree = new FileTree();
    await layer.fill(tree);
    const blob = await writeLayer(tree.entries, join(draft, 'layer.tar.zst'));
    await writeFile(join(draft, 'layer.json'), JSON.stringify(blob));
  });
  const blob = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8')) as LayerBlob;
  return { ...blob, path: join(folder, 'layer.tar.zst') };
}

function checkSize(name: ImageName, layers: readonly LayerBlob[], { limitBytes }: Recipe): void {
  const size = sizeOf(layers);
  if (limitBytes !== undefined && size > limitBytes) {
    throw new Error(`${name} takes ${(size / 1e6).toFixed(1)} MB; its limit is ${(limitBytes / 1e6).toFixed(1)} MB`);
  }
}

function sizeOf(layers: readonly LayerBlob[]): number {
  return layers.reduce((total, layer) => total + layer.unpackedSize, 0);
}

async function writeImage(
  plan: ImagePlan,
  layers: readonly LayerBlob[],
  draft: string,
  context: BuildContext,
): Promise<void> {
  const layout = layOut({ reference: plan.reference, run: plan.run, layers, architecture: context.architecture });
  await writeArchive(layout.entries, join(draft, 'image.tar'));
  const facts: ImageFacts = {
    digest: layout.digest,
    sizeBytes: sizeOf(layers),
    archiveBytes: layers.reduce((total, layer) => total + layer.size, 0),
  };
  await writeFile(join(draft, 'image.json'), JSON.stringify(facts));
}

/** Sources that say what is built and compared, but not how. */
const commandLine: readonly string[] = ['main.ts', 'reproduce.ts'];

/** The builder's sources are an input of everything: a change of a recipe or of the writer is never overlooked. */
async function builderKey(): Promise<string> {
  const folder = join(repository, 'manifests/images');
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.ts') && !commandLine.includes(name))
    .sort();
  const texts = await Promise.all(names.map(async (name) => await readFile(join(folder, name))));
  return keyOf([...names, ...texts]);
}

/** Where and for what a build runs, read from the options, this machine and package.json. */
export async function contextOf(options: BuildOptions): Promise<BuildContext> {
  const host = architectureOf(arch());
  if (host === undefined || !existsSync('/usr/bin/dpkg-deb')) {
    throw new Error('images are assembled on Debian for amd64 or arm64; this machine is neither');
  }
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { readonly version: string };
  return {
    architecture: options.architecture ?? host,
    host,
    version: manifest.version,
    repository,
    cache: cacheRoot(options.environment),
    environment: options.environment,
    report: options.report ?? ((): void => undefined),
  };
}
