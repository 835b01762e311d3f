import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface ImageMetrics {
  /** `read`, or the code of the outcome. */
  countReading(outcome: string): void;
  setKnown(configurations: number): void;
}

/** How many image configurations were asked for, and how many are known. Made once for a process, which may lead often. */
export function createImageMetrics(registry: Registry): ImageMetrics {
  const readings = new Counter({
    name: 'remora_image_readings_total',
    help: 'Image configurations asked of registries, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const known = new Gauge({
    name: 'remora_image_configurations',
    help: 'Image configurations that are known to admission.',
    registers: [registry],
  });
  return {
    countReading: (outcome) => readings.inc({ outcome }),
    setKnown: (configurations) => known.set(configurations),
  };
}
