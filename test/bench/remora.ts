import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome, ResourceType } from '../../kube/types.ts';
import { bundle } from '../../manifests/images/bundle.ts';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { freePort } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { measuredCore } from './cores.ts';
import { start, until } from './process.ts';
import type { Running } from './process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
export const remoraNamespace = 'remora-system';

/** PEM texts of what both servers serve with. */
export interface ServingPair {
  readonly key: string;
  readonly cert: string;
}

/** The webhook, as it ships. */
export interface Webhook {
  readonly port: number;
  /** Of the JSON endpoints, `/policies` among them. */
  readonly debugPort: number;
  readonly process: Running;
}

export interface WebhookOptions {
  readonly api: ApiServer;
  /** An empty folder for scripts, configuration, log and the compiler's work. */
  readonly folder: string;
  /** What the chart's config.yaml says beside what every one says. */
  readonly config?: object;
  readonly tell: (line: string) => void;
}

/** Bundles the webhook as the image has it, starts it with the flags that the chart gives, and waits until it is ready. */
export async function startWebhook({ api, folder, config = {}, tell }: WebhookOptions): Promise<Webhook> {
  await mkdir(folder, { recursive: true });
  const { opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: tell });
  for (const [source, name] of [
    ['webhook/main.ts', 'webhook'],
    ['webhook/policy/evaluate/worker.ts', 'policy-worker'],
  ] as const) {
    const { script, map } = await bundle(repository, source, name);
    await writeFile(join(folder, `${name}.mjs`), script);
    await writeFile(join(folder, `${name}.mjs.map`), map);
  }
  const file = join(folder, 'config.yaml');
  await writeFile(file, stringify({ ...commonConfig, ...config }));
  const [port, probes, debugPort] = [await freePort(), await freePort(), await freePort()];
  const running = start({
    command: [process.execPath, ...(await shippedFlags()), ...extraFlags(), join(folder, 'webhook.mjs')],
    environment: {
      KUBECONFIG: api.kubeconfig,
      REMORA_CONFIG: file,
      REMORA_ADMISSION_PORT: String(port),
      REMORA_PROBES_PORT: String(probes),
      REMORA_DEBUG_PORT: String(debugPort),
      REMORA_DRAIN_GRACE: '100ms',
      REMORA_OPA_PATH: opa,
      REMORA_COMPILER_FOLDER: join(folder, 'compiler'),
    },
    core: measuredCore,
    logFile: join(folder, 'webhook.log'),
  });
  try {
    await until('the webhook', async () => (await fetch(`http://127.0.0.1:${probes}/readyz`)).ok);
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
  return { port, debugPort, process: running };
}

const commonConfig = {
  collector: { endpoint: 'http://remora-collector.remora-system.svc.cluster.local:4318' },
  images: { telemetry: 'docker.io/remora/remora-telemetry:0.1.0' },
  certificates: { provider: 'self' },
};

/** Flags of Node as the chart gives them, so that what is measured is what ships. */
async function shippedFlags(): Promise<readonly string[]> {
  const template = await readFile(join(repository, 'manifests/chart/templates/webhook/deployment.yaml'), 'utf8');
  const words = /command: \[\/usr\/local\/bin\/node, (.*), \/app\/webhook\.mjs\]/.exec(template)?.[1];
  if (words === undefined) throw new Error('the chart starts the webhook in another way; say here how');
  return words.split(', ');
}

/** `REMORA_BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=…'` profiles the webhook. */
function extraFlags(): readonly string[] {
  return (process.env['REMORA_BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
}

/** Creates an object. @throws Error with what the API server says. */
export async function make(client: KubeClient, type: ResourceType, object: object): Promise<void> {
  const made: KubeOutcome<unknown> = await client.create(type, object as KubeObject);
  if (made.outcome === 'failed') throw new Error(made.message);
}

/** Puts into the API server what the chart and control would: Remora's namespace and its own objects. */
export async function fillRemora(client: KubeClient, { key, cert }: ServingPair): Promise<void> {
  const base64 = (value: string): string => Buffer.from(value).toString('base64');
  const namespace = remoraNamespace;
  const seal = { current: { id: 'bench', secret: randomBytes(32).toString('base64') } };
  await make(client, resources.namespaces, { metadata: { name: namespace } });
  await make(client, resources.secrets, {
    metadata: { name: 'remora-webhook-tls', namespace },
    data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
  });
  await make(client, resources.secrets, {
    metadata: { name: 'remora-seal', namespace },
    data: { 'keys.json': base64(JSON.stringify(seal)) },
  });
  await make(client, resources.configMaps, {
    metadata: { name: 'remora-platform', namespace },
    data: { 'platform.json': JSON.stringify({ imageVolumes: true }) },
  });
}
