import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface ImageMetrics {
  /** Counts one reading by what it came to: `read`, or a code of `ImageReading`. */
  countReading(outcome: string): void;
  setKnown(count: number): void;
}

/** Made once for a process, which may lead several times. */
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
    setKnown: (count) => known.set(count),
  };
}
