import { join } from 'node:path';
import type { Edits } from '../bundle.ts';
import { addLibraries } from '../libraries.ts';
import {
  folderOf,
  labels,
  takePackages,
  versionsOf,
  type BuildContext,
  type ImagePlan,
  type LayerPlan,
  type Recipe,
} from '../recipe.ts';
import { addCopyrights } from './base.ts';
import { goLayer } from './go-layer.ts';
import { nextTag, nextVersion, planProcesses, remora, type Process } from './remora.ts';

/** What sets limits to OPA, and what lowers its priority. */
const limiters = { 'util-linux': 'usr/bin/prlimit', coreutils: 'usr/bin/nice' } as const;
const limiterPackages = Object.keys(limiters) as readonly (keyof typeof limiters)[];
const libraries = ['libc6', 'libsmartcols1'];

const processes: readonly Process[] = [
  { name: 'webhook', source: 'webhook/main.ts' },
  { name: 'policy-worker', source: 'webhook/policy/evaluate/worker.ts' },
];

/** Node's 116 MB, and OPA's 43. */
const limitBytes = 180e6;
const packages = [...remora.packages, ...limiterPackages, ...libraries];

/**
 * The webhook with the compiler of policies: Node's layers, which a node has of `remora` already, then OPA and what keeps
 * it in bounds. The scripts come last, as they change most.
 */
export const policy: Recipe = {
  purpose: 'shipped',
  limitBytes,
  packages,
  plan: async (context) => await plan(context, context.version, {}),
};

/** The same of the next version: of another plan version, which is its neighbour. */
export const nextPolicy: Recipe = {
  purpose: 'test',
  limitBytes,
  packages,
  plan: async (context) =>
    await plan(context, nextTag, {
      ...nextVersion,
      'webhook/plan/injected.ts': (text) =>
        text.replace(/planVersion = (\d+)/, (_, now) => `planVersion = ${Number(now) + 1}`),
    }),
};

async function plan(context: BuildContext, tag: string, edits: Edits): Promise<ImagePlan> {
  const { run, layers } = await planProcesses(processes, context, tag, edits);
  const compiler = [await limiterLayer(context), await goLayer('opa', 'usr/local/bin/opa', context)];
  return {
    reference: `docker.io/remora/remora-policy:${tag}`,
    run: { ...run, labels: labels('remora-policy', tag) },
    layers: [...layers.slice(0, -1), ...compiler, ...layers.slice(-1)],
  };
}

async function limiterLayer(context: BuildContext): Promise<LayerPlan> {
  const programs = await takePackages(limiterPackages, context);
  const packages = await takePackages(libraries, context);
  return {
    name: 'limiters',
    inputs: [versionsOf(programs), versionsOf(packages)],
    fill(tree) {
      for (const name of limiterPackages) {
        tree.addPath(limiters[name], join(folderOf(name, programs), limiters[name]), 0o755);
      }
      addLibraries(tree, packages, context.architecture);
      addCopyrights(tree, [...programs, ...packages]);
    },
  };
}
