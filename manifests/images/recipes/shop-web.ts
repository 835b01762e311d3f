import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addNpmPackages, npmClosure } from '../npm-closure.ts';
import { labels, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { nodeLayer, nodePackages } from './node.ts';
import { asUser, testReference } from './test-image.ts';

/** The front of the shop: express on Node, as npm installs it, unbundled, like most services. */
export const nodeApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...nodePackages],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/web/server.cjs'));
    const closure = npmClosure(context.repository, ['express']);
    return {
      reference: testReference('node'),
      run: {
        ...asUser,
        entrypoint: ['/usr/local/bin/node'],
        command: ['/app/server.cjs'],
        workingFolder: '/app',
        labels: labels('shop web', '1'),
      },
      layers: [
        await nodeLayer(context),
        await baseLayer(context),
        {
          name: 'express',
          inputs: closure.map(({ path, version }) => `${path}@${version}`),
          fill: (tree) => addNpmPackages(tree, context.repository, closure, 'app'),
        },
        { name: 'web', inputs: [source], fill: (tree) => void tree.addFile('app/server.cjs', source) },
      ],
    };
  },
};
