import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { ensureBinaries } from '../../../cluster/binaries/build.ts';

export const chartFolder = join(import.meta.dirname, '..', '..', '..', '..', 'manifests', 'chart');

/** A rendered object; what a test reads of it, it narrows itself. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Values as a person gives them to `--set-json`: `{ 'webhook.replicas': 3 }`. */
export type Values = Readonly<Record<string, unknown>>;

/** What the process ended with; a refusal of Helm is an outcome that tests read. */
export interface HelmOutcome {
  readonly succeeded: boolean;
  readonly text: string;
}

/** Runs helm from the cache of binaries. */
export async function helm(...words: readonly string[]): Promise<HelmOutcome> {
  const { helm: path = '' } = await ensureBinaries(['helm'], { environment: process.env, report: console.log });
  return promisify(execFile)(path, [...words], { maxBuffer: 64 << 20 }).then(
    ({ stdout }) => ({ succeeded: true, text: stdout }),
    (error: unknown) => ({
      succeeded: false,
      text: String((error as { readonly stdout?: string }).stdout) + String(error),
    }),
  );
}

function setWords(values: Values): readonly string[] {
  return Object.entries(values).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]);
}

export async function lint(values: Values): Promise<HelmOutcome> {
  return helm('lint', chartFolder, ...setWords(values));
}

const renders = new Map<string, Promise<readonly Rendered[]>>();

/** Renders the chart as `helm install -n <namespace>` would, hooks included; once for each set of values. */
export function render(values: Values = {}, namespace = 'remora-system'): Promise<readonly Rendered[]> {
  const key = JSON.stringify([values, namespace]);
  const known = renders.get(key) ?? renderNow(values, namespace);
  renders.set(key, known);
  return known;
}

async function renderNow(values: Values, namespace: string): Promise<readonly Rendered[]> {
  const { succeeded, text } = await helm('template', 'remora', chartFolder, '-n', namespace, ...setWords(values));
  if (!succeeded) throw new Error(text);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

export function ofKind<T extends Rendered>(objects: readonly Rendered[], kind: T['kind']): readonly T[] {
  // Each kind has its own shape, which the API server checks in the e2e tests.
  return objects.filter((object) => object.kind === kind) as unknown as readonly T[];
}

/** Sets of values that every rule of the chart must hold for. */
export const valueSets: Readonly<Record<string, Values>> = {
  defaults: {},
  small: { profile: 'small' },
  'no collector': { 'collector.enabled': false },
  'collector elsewhere': { 'collector.enabled': false, 'telemetry.endpoint': 'http://otel.observability:4318' },
  'collector that forwards': { 'collector.forwardTo': 'https://traces.example:4318', 'collector.replicas': 2 },
  'private mirror, pinned': {
    imagePrefix: 'mirror.example/remora',
    imagePullSecrets: ['mirror'],
    'images.policy.digest': `sha256:${'1'.repeat(64)}`,
    'images.telemetry.digest': `sha256:${'2'.repeat(64)}`,
  },
  'cert-manager': { 'certificates.provider': 'cert-manager', 'certificates.issuer.name': 'internal' },
  everything: {
    lock: ['telemetry', 'inject'],
    settings: { telemetry: 'off', 'telemetry-containers': 'app' },
    excludedNamespaces: ['vault'],
    plainHttpRegistries: ['registry.shop:5000'],
    failurePolicy: 'Ignore',
    'policies.failurePolicy': 'Ignore',
    'policies.timeout': '100ms',
    'policies.workers': 4,
    'policies.readable': [],
    'networkPolicy.enabled': true,
    'networkPolicy.apiServers': ['10.0.0.5/32'],
    'webhook.replicas': 5,
    'webhook.resources': { requests: { cpu: 1, memory: '1Gi' } },
    'webhook.tolerations': [{ key: 'a', operator: 'Exists' }],
    'control.nodeSelector': { a: 'b' },
    'control.podAnnotations': { a: 'b' },
    'collector.podLabels': { a: 'b' },
    priorityClassName: '',
    logLevel: 'debug',
  },
};
