import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from '../../../test/cluster/binaries/build.ts';
import { keyOf } from '../cache.ts';
import type { BuildContext, LayerPlan } from '../recipe.ts';

/** A static program that Go built; `go build` with trimmed paths gives the same bytes everywhere. `at` is its path. */
export async function goLayer(name: string, at: string, context: BuildContext): Promise<LayerPlan> {
  const { [name]: path = '' } = await ensureBinaries([name], {
    environment: goEnvironment(context),
    report: context.report,
  });
  return {
    name,
    inputs: [keyOf([readFileSync(path)]), at],
    fill: (tree) => void tree.addPath(at, path, 0o755),
  };
}

/** The cache of binaries is this machine's; what Go builds for another architecture has a cache of its own in it. */
function goEnvironment(context: BuildContext): BuildContext['environment'] {
  return context.architecture === context.host
    ? context.environment
    : {
        ...context.environment,
        GOARCH: context.architecture,
        REMORA_CACHE: join(context.cache, 'cross', context.architecture),
      };
}
