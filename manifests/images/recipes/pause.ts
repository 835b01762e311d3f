import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, once } from '../cache.ts';
import { run } from '../command.ts';
import { labels, user, type Recipe } from '../recipe.ts';

/** What the test cluster's container runtime starts first in every pod. A real cluster has its own. */
export const pause: Recipe = {
  purpose: 'test',
  packages: [],
  hostOnly: 'compiled by this machine for itself; only the test cluster, which runs here, uses it',
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/pause/pause.c'));
    const compiler = await run('gcc', ['--version'], context.environment);
    const folder = await once(join(context.cache, 'pause', keyOf([source, compiler])), async (draft) => {
      const words = ['-Os', '-static', '-s', '-Wall', '-Wl,--build-id=none', '-o', join(draft, 'pause'), 'pause.c'];
      await run('gcc', words, context.environment, { folder: join(context.repository, 'test/apps/pause') });
    });
    return {
      reference: 'docker.io/remora-test/pause:1',
      run: { user: `${user}:${user}`, entrypoint: ['/pause'], labels: labels('pause', '1') },
      layers: [
        {
          name: 'pause',
          inputs: [source, compiler],
          fill: (tree) => void tree.addPath('pause', join(folder, 'pause'), 0o755),
        },
      ],
    };
  },
};
