import { certificateTimes, shortestRootMs } from '../certs/config.ts';
import type { CertificateTimes } from '../certs/config.ts';
import { choice, duration, list, optional, parseYamlConfig, section, text, withDefault } from '../runtime/config.ts';
import type { Field } from '../runtime/config.ts';
import { formatDuration } from '../runtime/duration.ts';
import { parseLogLevel } from '../runtime/log.ts';
import type { LogLevel } from '../runtime/log.ts';
import { shown } from '../runtime/problem.ts';
import type { Parsed, Problem } from '../runtime/problem.ts';

/** Everything that control is told, by the chart's config.yaml and by its environment. */
export interface ControlConfig {
  /** Remora's own namespace. */
  readonly namespace: string;
  /** Name of this replica in leases and events. */
  readonly podName: string;
  readonly logLevel: LogLevel;
  readonly ports: { readonly probes: number; readonly debug: number };
  readonly certificates: { readonly provider: 'self' | 'cert-manager'; readonly times: CertificateTimes };
  /** Registry hosts that may be asked over plain HTTP. */
  readonly plainHttpRegistries: readonly string[];
}

export const defaultConfigPath = '/etc/remora/config.yaml';

/** A value that another process parses. */
const anything: Field<unknown> = { allowed: 'anything', read: (value) => value };

/** config.yaml as the chart writes it; the webhook reads the same file. */
const file = section({
  settings: optional(anything),
  lock: optional(anything),
  excludedNamespaces: optional(anything),
  warnNamespaces: optional(anything),
  collector: optional(anything),
  sampler: optional(anything),
  failurePolicy: optional(anything),
  policies: optional(anything),
  images: section({
    telemetry: optional(anything),
    pullPolicy: optional(anything),
    plainHttpRegistries: withDefault(list(text('a host, with its port where it has one', /^[^\s/]+$/)), []),
  }),
  certificates: section({
    provider: withDefault(choice(['self', 'cert-manager']), 'self'),
    leaf: withDefault(duration('10s', '2160h'), 24 * 3_600_000),
    root: withDefault(duration('40s', '87600h'), 365 * 24 * 3_600_000),
    seal: withDefault(duration('10s', '8760h'), 24 * 3_600_000),
  }),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads configuration and environment, and reports every problem of both at once. */
export function parseControlConfig(source: string, environment: Environment): Parsed<ControlConfig> {
  const problems: Problem[] = [];
  const refuse = (field: string, value: unknown, allowed: string): void => {
    problems.push({ code: 'InvalidConfiguration', field, value: shown(value), allowed });
  };
  const parsed = parseYamlConfig(source, file);
  if (parsed.outcome === 'refused') problems.push(...parsed.problems);
  const written = parsed.outcome === 'parsed' ? parsed.value : undefined;
  const lives = written?.certificates;
  if (lives !== undefined && lives.root < shortestRootMs(lives.leaf)) {
    const least = formatDuration(shortestRootMs(lives.leaf));
    refuse('certificates.root', formatDuration(lives.root), `at least four times certificates.leaf, ${least}`);
  }
  const port = (name: string, fallback: number): number => {
    const value = environment[name] ?? String(fallback);
    const isPort = /^\d{1,5}$/.test(value) && Number(value) < 65_536;
    if (!isPort) refuse(name, value, 'a port from 0 to 65535');
    return Number(value);
  };
  const ports = { probes: port('REMORA_PROBES_PORT', 9090), debug: port('REMORA_DEBUG_PORT', 9091) };
  const level = environment['REMORA_LOG_LEVEL'] ?? 'info';
  const logLevel = parseLogLevel(level);
  if (logLevel === undefined) refuse('REMORA_LOG_LEVEL', level, 'one of debug, info, warn, error');
  if (problems.length > 0 || written === undefined || logLevel === undefined) return { outcome: 'refused', problems };
  const { provider, leaf, root, seal } = written.certificates;
  return {
    outcome: 'parsed',
    value: {
      namespace: environment['REMORA_NAMESPACE'] ?? 'remora-system',
      podName: environment['REMORA_POD_NAME'] ?? 'remora-control',
      logLevel,
      ports,
      certificates: { provider, times: certificateTimes(leaf, root, seal) },
      plainHttpRegistries: written.images.plainHttpRegistries,
    },
  };
}
