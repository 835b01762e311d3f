import type { Instrumentation } from '@opentelemetry/instrumentation';
import { createRequire } from 'node:module';
import type { CatalogEntry } from './catalog.ts';

/** Loads one instrumentation's own bundle, beside the agent's, and enables it. */
export function loadInstrumentation(agentFile: string, entry: CatalogEntry): Instrumentation {
  const bundle = createRequire(agentFile)(`./instrumentation/${entry.name}.cjs`) as Record<
    string,
    new (config: object) => Instrumentation
  >;
  const Class = bundle[entry.className];
  if (Class === undefined) throw new Error(`its bundle has no ${entry.className}`);
  return new Class(entry.config);
}

/** Lets instrumentations patch what is imported, not only what is required; see import-hook.cjs. */
export function useImportHooks(agentFile: string): void {
  const require = createRequire(agentFile);
  const hook = require('./import-hook.cjs') as { use: (hooks: unknown) => void };
  hook.use(require('import-in-the-middle'));
}
