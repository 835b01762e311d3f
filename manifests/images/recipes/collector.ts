import { labels, user, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { goLayer } from './go-layer.ts';

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
      layers: [await baseLayer(context), await goLayer('collector', 'collector', context)],
    };
  },
};
