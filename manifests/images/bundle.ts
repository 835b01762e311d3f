import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
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

/** Changes of sources on their way into a bundle, by paths relative to the repository. */
export type Edits = Readonly<Record<string, (text: string) => string>>;

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
 * @throws Error when the source is not there, does not bundle, or when an edit changes nothing.
 */
export async function bundle(repository: string, source: string, name: string, edits: Edits = {}): Promise<Bundle> {
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
    plugins: Object.keys(edits).length === 0 ? [] : [editing(repository, edits)],
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

function editing(repository: string, edits: Edits): Plugin {
  return {
    name: 'edits',
    setup: (builder) => {
      for (const [path, edit] of Object.entries(edits)) {
        const filter = new RegExp(`^${RegExp.escape(join(repository, path))}$`);
        builder.onLoad({ filter }, async () => {
          const text = await readFile(join(repository, path), 'utf8');
          const contents = edit(text);
          if (contents === text) throw new Error(`an edit of ${path} finds nothing to change`);
          return { contents, loader: path.endsWith('.json') ? 'json' : 'ts' };
        });
      }
    },
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
