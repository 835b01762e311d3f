import { bundle, type Edits } from '../bundle.ts';
import { labels, user, type BuildContext, type ImagePlan, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { nodeLayer, nodePackages } from './node.ts';

/** A script of an image: its name, and where its source begins. */
export interface Process {
  readonly name: string;
  readonly source: string;
}

const processes: readonly Process[] = [
  { name: 'control', source: 'control/main.ts' },
  { name: 'uninstall', source: 'control/uninstall.ts' },
];

/** Node's binary is 116 MB of it. */
const limitBytes = 130e6;
const packages = [...basePackages, ...nodePackages];

/** Remora's processes but for the webhook: Node and one script each. No shell, no package manager, nothing to write to. */
export const remora: Recipe = {
  purpose: 'shipped',
  limitBytes,
  packages,
  plan: (context) => planProcesses(processes, context, context.version, {}),
};

/** The next version of Remora, as far as upgrades and downgrades go. */
export const nextRemora: Recipe = {
  purpose: 'test',
  limitBytes,
  packages,
  plan: (context) => planProcesses(processes, context, nextTag, nextVersion),
};

/** Its tag, and what makes it another version. */
export const nextTag = 'next';
export const nextVersion: Edits = {
  'package.json': (text) => text.replace(/"version": "[^"]*"/, '"version": "99.0.0"'),
};

/** Node, and one script for each process; the last of the layers is the scripts'. The first process is the default. */
export async function planProcesses(
  processes: readonly Process[],
  context: BuildContext,
  tag: string,
  edits: Edits,
): Promise<ImagePlan> {
  const bundles = await Promise.all(
    processes.map(async ({ name, source }) => ({
      name,
      ...(await bundle(context.repository, source, name, edits)),
    })),
  );
  const licences = bundles.map((one) => one.licences);
  return {
    reference: `docker.io/remora/remora:${tag}`,
    run: {
      user: `${user}:${user}`,
      entrypoint: ['/usr/local/bin/node', '--enable-source-maps'],
      command: [`/app/${processes[0]?.name}.mjs`],
      environment: { NODE_ENV: 'production' },
      workingFolder: '/app',
      labels: labels('remora', tag),
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
}
