import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A script with everything that it imports, and the map back to its sources. */
export interface Bundle {
  readonly script: Uint8Array;
  readonly map: Uint8Array;
  /** Name, version and licence text of each package that went in: their licences ask for it. */
  readonly licences: string;
}

/**
 * CommonJS packages that are bundled into an ES module still call `require` for Node's own modules. The names are
 * unusual, since the banner shares its scope with the bundle.
 */
const requireBanner =
  "import { createRequire as remoraCreateRequire } from 'node:module';" +
  'const require = remoraCreateRequire(import.meta.url);';

/**
 * Bundles the process whose entry is `source` (relative to the repository) into `<name>.mjs`. Source maps name files
 * relative to the repository and carry no sources, so no path of this machine gets into the image.
 *
 * @throws Error when the source is not there, or does not bundle.
 */
export async function bundle(repository: string, source: string, name: string): Promise<Bundle> {
  if (!existsSync(join(repository, source))) {
    throw new Error(`the image needs ${source}, which is not there`);
  }
  const result = await build({
    absWorkingDir: repository,
    entryPoints: [{ in: source, out: name }],
    outdir: 'app',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    mainFields: ['module', 'main'],
    banner: { js: requireBanner },
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
  });
  const output = (ending: string): Uint8Array => {
    const found = result.outputFiles.find((file) => file.path.endsWith(ending));
    if (found === undefined) {
      throw new Error(`bundling ${source} brought no ${ending}`);
    }
    return found.contents;
  };
  return {
    script: output('.mjs'),
    map: output('.mjs.map'),
    licences: await licencesOf(repository, Object.keys(result.metafile.inputs)),
  };
}

async function licencesOf(repository: string, inputs: readonly string[]): Promise<string> {
  const folders = new Set(inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []));
  const texts = [...folders].sort().map(async (folder) => {
    const manifest = JSON.parse(await readFile(join(repository, folder, 'package.json'), 'utf8')) as PackageManifest;
    const names = (await readdir(join(repository, folder)))
      .filter((name) => /^(licen[cs]e|copying)/i.test(name))
      .sort();
    const found = await Promise.all(names.map(async (name) => await readFile(join(repository, folder, name), 'utf8')));
    const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see its text'})`;
    return [title, ...found.map((text) => text.trim()), ''].join('\n\n');
  });
  return (await Promise.all(texts)).join('\n');
}

interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}
