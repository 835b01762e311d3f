import type { Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Replaces constants of @opentelemetry/semantic-conventions by their values in the CommonJS files that use them:
 * the package has some thousand of them, and evaluating it costs more than the instrumentation that needs five.
 */
export function foldConstants(packages: string): Plugin {
  const constants = createRequire(join(packages, 'x'))('@opentelemetry/semantic-conventions') as Record<
    string,
    unknown
  >;
  return {
    name: 'fold-constants',
    setup(build) {
      build.onLoad({ filter: /@opentelemetry[\\/].*[\\/]build[\\/]src[\\/].*\.js$/ }, async ({ path }) => ({
        contents: fold(await readFile(path, 'utf8'), constants),
        loader: 'js',
      }));
    },
  };
}

const importLine = /^(?:const|var) (semantic_conventions_\d+) = require\("@opentelemetry\/semantic-conventions"\);$/m;

function fold(text: string, constants: Readonly<Record<string, unknown>>): string {
  const name = importLine.exec(text)?.[1];
  if (name === undefined) return text;
  const folded = text.replace(new RegExp(`\\b${name}\\.(\\w+)`, 'g'), (use, constant: string) => {
    const value = constants[constant];
    return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : use;
  });
  return folded.includes(`${name}.`) ? folded : folded.replace(importLine, '');
}

/** Resolves packages to files that lie beside the bundle; a file that stands for several is asked by package name. */
export function shareBase(files: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'share-base',
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, ({ path }) => {
        const file = files[path];
        if (file === undefined) return undefined;
        return file.endsWith('base.cjs') ? { path, namespace: 'base' } : { path: file, external: true };
      });
      build.onResolve({ filter: /base\.cjs$/, namespace: 'base' }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: 'base' }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(files[path])})[${JSON.stringify(path)}];`,
        loader: 'js',
      }));
    },
  };
}
