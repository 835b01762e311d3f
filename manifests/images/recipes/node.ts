import { join } from 'node:path';
import { gnuSpelling } from '../architecture.ts';
import { once } from '../cache.ts';
import { run } from '../command.ts';
import { addLibraries } from '../libraries.ts';
import { fetchNode, readNodeLock, type NodeLock } from '../npm-package.ts';
import { folderOf, takePackages, versionsOf, type BuildContext, type LayerPlan } from '../recipe.ts';
import { addCopyrights } from './base.ts';

const libraries = ['libc6', 'libatomic1', 'libstdc++6', 'libgcc-s1', 'gcc-12-base'];
const strip = [
  'binutils-x86-64-linux-gnu',
  'binutils-aarch64-linux-gnu',
  'libbinutils',
  'libctf0',
  'libctf-nobfd0',
  'libjansson4',
  'zlib1g',
];

export const nodePackages = [...libraries, ...strip];

/** Node's binary without its symbols, and what it links. Shared by every image that runs JavaScript. */
export async function nodeLayer(context: BuildContext): Promise<LayerPlan> {
  const packages = await takePackages(libraries, context);
  const tools = await takePackages(strip, context, context.host);
  const lock = await readNodeLock(context.repository);
  return {
    name: 'node',
    inputs: [lock.version, lock.integrity[context.architecture], versionsOf(packages), versionsOf(tools)],
    async fill(tree) {
      const folder = await strippedNode(lock, context);
      tree.addPath('usr/local/bin/node', join(folder, 'node'), 0o755);
      tree.addPath('usr/share/doc/node/copyright', join(folder, 'LICENSE'), 0o644);
      addLibraries(tree, packages, context.architecture);
      addCopyrights(tree, packages);
    },
  };
}

/** Binutils of Debian, unpacked in the cache, strip either architecture's binary on either. */
async function strippedNode(lock: NodeLock, context: BuildContext): Promise<string> {
  const name = `node-linux-${context.architecture}-${lock.version}-stripped`;
  return await once(join(context.cache, 'npm', name), async (draft) => {
    const fetched = await fetchNode(lock, context.architecture, context);
    const tools = await takePackages(strip, context, context.host);
    const target = gnuSpelling[context.architecture];
    const binutils = folderOf(`binutils-${target.replace('_', '-')}`, tools);
    context.report(`stripping Node ${lock.version} for ${context.architecture}`);
    const environment = {
      LD_LIBRARY_PATH: tools.map(({ folder }) => join(folder, 'usr/lib', gnuSpelling[context.host])).join(':'),
    };
    const words = ['--strip-all', '-o', join(draft, 'node'), join(fetched, 'bin/node')];
    await run(join(binutils, 'usr/bin', `${target}-strip`), words, context.environment, { environment });
    await run('cp', [join(fetched, 'LICENSE'), join(draft, 'LICENSE')], context.environment);
  });
}
