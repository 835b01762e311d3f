import { join } from 'node:path';
import { addLibraries } from '../libraries.ts';
import {
  folderOf,
  labels,
  takePackages,
  versionsOf,
  type BuildContext,
  type LayerPlan,
  type Recipe,
} from '../recipe.ts';
import { addCopyrights } from './base.ts';
import { goLayer } from './go-layer.ts';
import { nextRemora, remora } from './remora.ts';

/** What sets limits to OPA, and what lowers its priority. */
const limiters = { 'util-linux': 'usr/bin/prlimit', coreutils: 'usr/bin/nice' } as const;
const limiterPackages = Object.keys(limiters) as readonly (keyof typeof limiters)[];
const libraries = ['libc6', 'libsmartcols1'];

/**
 * Remora with the compiler of policies, for the process that compiles them: the layers of `remora`, which a node has
 * already, then OPA and what keeps it in bounds. The scripts come last, as they change most.
 */
export const policy: Recipe = withCompiler(remora);

/** The same of the next version. */
export const nextPolicy: Recipe = withCompiler(nextRemora);

function withCompiler(base: Recipe): Recipe {
  return {
    purpose: base.purpose,
    // Remora's 130 MB, and OPA's 43.
    limitBytes: 180e6,
    packages: [...base.packages, ...limiterPackages, ...libraries],
    async plan(context) {
      const { reference, run, layers } = await base.plan(context);
      const tag = reference.slice(reference.lastIndexOf(':') + 1);
      const compiler = [await limiterLayer(context), await goLayer('opa', 'usr/local/bin/opa', context)];
      return {
        reference: `docker.io/remora/remora-policy:${tag}`,
        run: { ...run, labels: labels('remora-policy', tag) },
        layers: [...layers.slice(0, -1), ...compiler, ...layers.slice(-1)],
      };
    },
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
