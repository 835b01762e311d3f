import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface CertificateMetrics {
  /** When a level expires; undefined takes the series away. Milliseconds since the epoch. */
  setExpiry(level: 'root' | 'next-root' | 'serving' | 'seal', expiresAt: number | undefined): void;
  countChange(what: string): void;
}

/** Expiry of each level, and what was changed, for alerts (docs/operations.md). */
export function createCertificateMetrics(registry: Registry): CertificateMetrics {
  const expiry = new Gauge({
    name: 'remora_certificate_expiry_timestamp_seconds',
    help: 'When the root, the serving certificate or the seal key expires (the seal: is due for rotation).',
    labelNames: ['level'],
    registers: [registry],
  });
  const changes = new Counter({
    name: 'remora_certificate_changes_total',
    help: 'Changes that this process made to roots, certificates, bundles and seal keys.',
    labelNames: ['change'],
    registers: [registry],
  });
  return {
    setExpiry: (level, expiresAt) => {
      if (expiresAt === undefined) expiry.remove({ level });
      else expiry.set({ level }, expiresAt / 1_000);
    },
    countChange: (change) => changes.inc({ change }),
  };
}
