import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** A registry of its own with the process's default metrics and `remora_build_info`; passed to every part. */
export function createRegistry(component: string, version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'remora_build_info',
    help: 'Always 1; the version of Remora that this process runs.',
    labelNames: ['component', 'version'],
    registers: [registry],
  }).set({ component, version }, 1);
  return registry;
}
