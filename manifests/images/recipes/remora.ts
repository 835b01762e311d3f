import { bundle } from '../bundle.ts';
import { labels, user, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { nodeLayer, nodePackages } from './node.ts';

/** Each process of the image: the name of its script, and where its source begins. */
const processes = [
  { name: 'webhook', source: 'webhook/main.ts' },
  { name: 'control', source: 'control/main.ts' },
  { name: 'uninstall', source: 'control/uninstall.ts' },
];

/** Remora itself: Node and one script per process. No shell, no package manager, nothing to write to. */
export const remora: Recipe = {
  purpose: 'shipped',
  // Node's binary is 116 MB of it.
  limitBytes: 130e6,
  packages: [...basePackages, ...nodePackages],
  async plan(context) {
    const bundles = await Promise.all(
      processes.map(async ({ name, source }) => ({ name, ...(await bundle(context.repository, source, name)) })),
    );
    const licences = bundles.map(({ licences }) => licences);
    return {
      reference: `docker.io/remora/remora:${context.version}`,
      run: {
        user: `${user}:${user}`,
        entrypoint: ['/usr/local/bin/node', '--enable-source-maps'],
        command: ['/app/webhook.mjs'],
        environment: { NODE_ENV: 'production' },
        workingFolder: '/app',
        labels: labels('remora', context.version),
      },
      layers: [
        await nodeLayer(context),
        await baseLayer(context),
        {
          name: 'processes',
          inputs: bundles.flatMap(({ script, map, licences }) => [script, map, licences]),
          fill(tree) {
            for (const { name, script, map } of bundles) {
              tree.addFile(`app/${name}.mjs`, script).addFile(`app/${name}.mjs.map`, map);
            }
            tree.addFile('app/LICENSES.txt', [...new Set(licences)].join('\n'));
            tree.addPath('app/LICENSE', `${context.repository}/LICENSE`, 0o644);
          },
        },
      ],
    };
  },
};
