import { build, type BuildOptions, type Metafile } from 'esbuild';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalog } from './agent/catalog.ts';
import { collectLicences } from './licences.ts';
import { foldConstants, shareBase } from './plugins.ts';

/** Packages that import hooks load by path, so they stay files of their own beside the bundle. */
const unbundled = ['import-in-the-middle', 'module-details-from-path', 'cjs-module-lexer', 'es-module-lexer'];

/** Parts of those packages that Node loads, and their licences; the rest is documentation and types. */
const loaded = /(?:^|\/)(?:[^/.]+|[^/]+\.(?:js|mjs|cjs|json|wasm)|LICENSE[^/]*|NOTICE)$/;

/**
 * Writes the Node agent into a folder. The same sources give the same bytes.
 *
 * `remora.cjs` is the entry and `guard.cjs` its decision; `agent.cjs` is the tracer; `exporter.cjs` is loaded with
 * the first spans, `instrumentation/<name>.cjs` with the library that it is for, and `base.cjs` is what
 * instrumentations share. Small files that are loaded when needed start faster than one that holds everything.
 */
export async function bundleNodeAgent(source: string, packages: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const agent = join(source, 'agent');
  for (const name of ['remora.cjs', 'guard.cjs']) await cp(join(source, name), join(folder, name));
  await cp(join(agent, 'import-hook.cjs'), join(folder, 'import-hook.cjs'));
  const metafiles: Metafile[] = [];
  const bundle = async (options: BuildOptions): Promise<void> => {
    metafiles.push((await build({ ...options, metafile: true })).metafile);
  };
  const common: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18.19',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    plugins: [foldConstants(packages)],
  };
  const shaken: BuildOptions = { ...common, mainFields: ['module', 'main'] };
  await bundle({ ...shaken, entryPoints: [join(agent, 'main.ts')], outfile: join(folder, 'agent.cjs') });
  await bundle({
    ...shaken,
    stdin: {
      contents: `export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';`,
      resolveDir: packages,
    },
    outfile: join(folder, 'exporter.cjs'),
  });
  await bundle({
    ...common,
    stdin: { contents: baseSource, resolveDir: packages },
    outfile: join(folder, 'base.cjs'),
    alias: { debug: join(agent, 'no-debug.cjs') },
    plugins: [foldConstants(packages), shareBase({ 'import-in-the-middle': './import-hook.cjs' })],
  });
  const shared = Object.fromEntries(basePackages.map((name) => [name, '../base.cjs']));
  for (const { name, className } of catalog) {
    const from = JSON.stringify(`@opentelemetry/instrumentation-${name}`);
    await bundle({
      ...common,
      stdin: { contents: `exports.${className} = require(${from}).${className};`, resolveDir: packages },
      outfile: join(folder, 'instrumentation', `${name}.cjs`),
      plugins: [foldConstants(packages), shareBase(shared)],
    });
  }
  await writeFile(join(folder, 'LICENSES.txt'), await collectLicences(packages, metafiles));
  for (const name of unbundled) {
    await cp(join(packages, name), join(folder, 'node_modules', name), {
      recursive: true,
      filter: (path) => loaded.test(path),
    });
  }
}

/** What instrumentations share, so that each is there once; `require` is patched once, too. */
const basePackages = [
  '@opentelemetry/api',
  '@opentelemetry/api-logs',
  '@opentelemetry/core',
  '@opentelemetry/instrumentation',
];

const baseSource = basePackages
  .map(
    (name) =>
      `Object.defineProperty(exports, ${JSON.stringify(name)}, { get: () => require(${JSON.stringify(name)}) });`,
  )
  .join('\n');
