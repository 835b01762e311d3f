import type { Recipe } from './recipe.ts';
import { collector } from './recipes/collector.ts';
import { pause } from './recipes/pause.ts';
import { nextPolicy, policy } from './recipes/policy.ts';
import { nextRemora, remora } from './recipes/remora.ts';
import { telemetry } from './recipes/telemetry.ts';
import { toolbox } from './recipes/shell.ts';
import { postgresApp } from './recipes/shop-database.ts';
import { javaApp } from './recipes/shop-price.ts';
import { pythonApp } from './recipes/shop-stock.ts';
import { nodeApp } from './recipes/shop-web.ts';

/** Every image that can be built, by the name that `npm run image` takes. */
export const recipes = {
  remora,
  'remora-policy': policy,
  'remora-telemetry': telemetry,
  collector,
  'remora-next': nextRemora,
  'remora-policy-next': nextPolicy,
  pause,
  node: nodeApp,
  python: pythonApp,
  java: javaApp,
  postgres: postgresApp,
  toolbox,
} as const satisfies Record<string, Recipe>;

export type ImageName = keyof typeof recipes;

export const imageNames = Object.keys(recipes) as readonly ImageName[];
