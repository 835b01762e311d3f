import {
  choice,
  duration,
  integer,
  list,
  number,
  optional,
  parseYamlConfig,
  record,
  section,
  text,
  withDefault,
} from '../runtime/config.ts';
import type { Field } from '../runtime/config.ts';
import { parseDuration } from '../runtime/duration.ts';
import { parseLogLevel } from '../runtime/log.ts';
import type { LogLevel } from '../runtime/log.ts';
import { shown } from '../runtime/problem.ts';
import type { Parsed, Problem } from '../runtime/problem.ts';
import { parseChartSettings } from '../settings/chart.ts';
import type { ChartSettings } from '../settings/types.ts';
import type { ChartFacts } from './plan/facts.ts';

/** Everything that the webhook is told, by the chart's config.yaml and by its environment. */
export interface WebhookConfig {
  /** Remora's own namespace. */
  readonly namespace: string;
  readonly podName: string;
  readonly logLevel: LogLevel;
  readonly ports: Ports;
  /** How long requests are still taken after SIGTERM, while endpoints go. */
  readonly drainGraceMs: number;
  readonly settings: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  readonly warnNamespaces: readonly string[];
  readonly chart: ChartFacts;
  readonly policies: PolicyLimits;
  readonly compiler: CompilerPlaces;
}

/** Where the compiler of policies finds its programs, and a folder that is its own. Fixed in the image. */
export interface CompilerPlaces {
  readonly opaPath: string;
  readonly prlimitPath: string;
  readonly nicePath: string;
  readonly folder: string;
}

/** What policies may cost. */
export interface PolicyLimits {
  /** How long one policy may think about one request; the API server waits for 3 s for all of them. */
  readonly timeoutMs: number;
  /** Threads that evaluate. */
  readonly workers: number;
  /** Resources that policies may know of and the audit may read, `<group>/<plural>`. */
  readonly readable: readonly string[];
}

/** Fixed in the cluster; a process beside others on one machine needs its own. */
export interface Ports {
  readonly admission: number;
  readonly probes: number;
  readonly debug: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Path of config.yaml when REMORA_CONFIG says nothing. */
export const defaultConfigPath = '/etc/remora/config.yaml';

/** A value that someone else parses: `settings` and `lock` by settings/, the others by control. */
const anything: Field<unknown> = { allowed: 'anything', read: (value) => value };

/** config.yaml as the chart writes it; control reads the same file. */
const file = section({
  settings: withDefault(anything, undefined),
  lock: withDefault(anything, undefined),
  excludedNamespaces: withDefault(list(text()), []),
  warnNamespaces: withDefault(list(text()), []),
  collector: optional(section({ endpoint: text('an http or https URL', /^https?:\/\/\S+$/) })),
  images: section({
    telemetry: text('an image reference', /^\S+$/),
    pullPolicy: withDefault(choice(['Always', 'IfNotPresent', 'Never']), 'IfNotPresent'),
    plainHttpRegistries: optional(anything),
  }),
  sampler: withDefault(section({ ratio: withDefault(number(0, 1), 1) }), { ratio: 1 }),
  failurePolicy: withDefault(choice(['Fail', 'Ignore']), 'Fail'),
  policies: withDefault(
    section({
      timeout: withDefault(duration('10ms', '2s'), 500),
      workers: withDefault(integer(1, 16), 2),
      readable: withDefault(
        list(text('<group>/<plural> of a resource', /^(?!secrets$)(?:[a-z0-9.-]+\/)?[a-z0-9]+$/)),
        [],
      ),
    }),
    { timeout: 500, workers: 2, readable: [] },
  ),
  certificates: optional(record(anything)),
});

/** Reads configuration and environment, and reports every problem of both at once. */
export function parseWebhookConfig(source: string, environment: Environment, version: string): Parsed<WebhookConfig> {
  const problems: Problem[] = [];
  const parsed = parseYamlConfig(source, file);
  if (parsed.outcome === 'refused') problems.push(...parsed.problems);
  const written = parsed.outcome === 'parsed' ? parsed.value : undefined;
  const settings = parseChartSettings(written?.settings, written?.lock);
  if (settings.outcome === 'refused') problems.push(...settings.problems);

  const read = <T>(name: string, fallback: string, allowed: string, parse: (value: string) => T | undefined): T => {
    const value = environment[name] ?? fallback;
    const result = parse(value);
    if (result === undefined) {
      problems.push({ code: 'InvalidConfiguration', field: name, value: shown(value), allowed });
    }
    // With a problem the whole is refused, so the value is never seen.
    return result as T;
  };
  const port = (name: string, fallback: number): number =>
    read(name, String(fallback), 'a port from 0 to 65535', (value) =>
      /^\d{1,5}$/.test(value) && Number(value) < 65_536 ? Number(value) : undefined,
    );
  const path = (name: string, fallback: string): string =>
    read(name, fallback, 'an absolute path', (value) => (value.startsWith('/') ? value : undefined));
  const namespace = read('REMORA_NAMESPACE', 'remora-system', 'a namespace', nonEmpty);
  const config = {
    namespace,
    podName: read('REMORA_POD_NAME', 'remora-webhook', 'the name of this pod', nonEmpty),
    logLevel: read('REMORA_LOG_LEVEL', 'info', 'one of debug, info, warn, error', parseLogLevel),
    ports: {
      admission: port('REMORA_ADMISSION_PORT', 9443),
      probes: port('REMORA_PROBES_PORT', 9090),
      debug: port('REMORA_DEBUG_PORT', 9091),
    },
    drainGraceMs: read('REMORA_DRAIN_GRACE', '5s', 'a duration such as 5s', parseDuration),
    compiler: {
      opaPath: path('REMORA_OPA_PATH', '/usr/local/bin/opa'),
      prlimitPath: path('REMORA_PRLIMIT_PATH', '/usr/bin/prlimit'),
      nicePath: path('REMORA_NICE_PATH', '/usr/bin/nice'),
      folder: path('REMORA_COMPILER_FOLDER', '/tmp/policies'),
    },
  };
  if (problems.length > 0 || written === undefined || settings.outcome === 'refused') {
    return { outcome: 'refused', problems };
  }
  return {
    outcome: 'parsed',
    value: {
      ...config,
      settings: settings.value,
      excludedNamespaces: [...new Set([...written.excludedNamespaces, namespace])],
      warnNamespaces: written.warnNamespaces,
      chart: {
        version,
        ...(written.collector === undefined ? {} : { collectorEndpoint: written.collector.endpoint }),
        telemetryImage: written.images.telemetry,
        imagePullPolicy: written.images.pullPolicy,
        samplerRatio: written.sampler.ratio,
      },
      policies: {
        timeoutMs: written.policies.timeout,
        workers: written.policies.workers,
        readable: written.policies.readable,
      },
    },
  };
}

function nonEmpty(value: string): string | undefined {
  return value === '' ? undefined : value;
}
