import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from '../../../test/cluster/binaries/build.ts';
import { keyOf } from '../cache.ts';
import { labels, user, type BuildContext, type LayerPlan, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';

/** The OpenTelemetry Collector with the few components that Remora's chart configures. */
export const collector: Recipe = {
  purpose: 'shipped',
  packages: basePackages,
  async plan(context) {
    return {
      reference: `docker.io/remora/collector:${context.version}`,
      run: {
        user: `${user}:${user}`,
        entrypoint: ['/collector'],
        command: ['--config=/etc/collector/config.yaml'],
        labels: labels('collector', context.version),
      },
      layers: [await baseLayer(context), await goLayer('collector', context)],
    };
  },
};

/** A static program that Go built; `go build` with trimmed paths gives the same bytes everywhere. */
async function goLayer(name: string, context: BuildContext): Promise<LayerPlan> {
  const { [name]: path = '' } = await ensureBinaries([name], {
    environment: goEnvironment(context),
    report: context.report,
  });
  return {
    name,
    inputs: [keyOf([readFileSync(path)])],
    fill: (tree) => void tree.addPath(name, path, 0o755),
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
