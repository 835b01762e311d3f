import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { resources } from '../../kube/resources.ts';
import type { KubeClient, KubeObject, KubeOutcome } from '../../kube/types.ts';
import { bundle } from '../../manifests/images/bundle.ts';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { selfSigned } from '../unit/runtime/certificate.ts';
import { freePort, startApiServer } from './apiserver.ts';
import type { LoadJob, LoadResult } from './load/job.ts';
import type { Bench, BenchOptions } from './main.ts';
import { ensurePeer } from './peer.ts';
import { onCore, start, until } from './process.ts';
import type { Running } from './process.ts';
import type { Sample } from './report.ts';
import { podReviews } from './reviews.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const loader = fileURLToPath(new URL('./load/main.ts', import.meta.url));

/** What is measured has one core to itself; everything else shares the other. */
const measuredCore = 0;
const otherCore = 1;

const labelledNamespaces = 100;
const connections = 8;
const rate = 200;

interface Side {
  readonly port: number;
  readonly process: Running;
}

interface Measured {
  readonly result: LoadResult;
  readonly cpuPerReviewMs: number;
}

/**
 * Mutation of the same pods over HTTPS with kept-alive connections: this webhook, bundled as it ships and with the
 * informers of 100 namespaces on a real API server, and Dapr's injector. Each runs alone on one core, in turns.
 */
export const benchWebhook: Bench = async (options) => {
  const { isQuick, tell } = options;
  const folder = await mkdtemp(join(tmpdir(), 'remora-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));

  const names = Array.from({ length: labelledNamespaces }, (_, index) => `bench-${index}`);
  const { key, cert } = await selfSigned();
  const bodiesFile = join(folder, 'bodies');
  await writeFile(bodiesFile, (await podReviews(names)).join('\n'));
  const peerPath = await ensurePeer('dapr', process.env, tell);
  const peer = await startPeer(peerPath, folder, { key, cert }, stack);
  const ours = await startOurs(options, folder, names, { key, cert }, stack);

  const job = (path: string, side: Side, changes: Partial<LoadJob>): LoadJob => ({
    port: side.port,
    path,
    ca: cert,
    serverName: 'test',
    bodiesFile,
    connections,
    rate: 0,
    warmupMs: 300,
    durationMs: isQuick ? 2_000 : 10_000,
    ...changes,
  });
  const measure = async (side: Side, changes: Partial<LoadJob>): Promise<Measured> => {
    const before = await side.process.cpuSeconds();
    const result = await load(job('/mutate', side, changes));
    const after = await side.process.cpuSeconds();
    if (result.failures > 0) throw new Error(`${result.failures} reviews failed: ${result.firstFailure ?? ''}`);
    return { result, cpuPerReviewMs: ((after - before) * 1000) / result.sent };
  };

  tell('warming both up');
  for (const side of [ours, peer]) await load(job('/mutate', side, { durationMs: isQuick ? 4_000 : 10_000 }));
  const samples: Sample[] = [];
  const rounds = isQuick ? 3 : 5;
  for (let round = 1; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    const fixed = { ours: await measure(ours, { rate }), peer: await measure(peer, { rate }) };
    const flat = { ours: await measure(ours, {}), peer: await measure(peer, {}) };
    samples.push(...latencies(`${rate}/s`, fixed), ...latencies('flat out', flat), {
      cell: 'throughput, flat out',
      unit: 'reviews/s',
      ours: flat.ours.result.requests / flat.ours.result.seconds,
      peer: flat.peer.result.requests / flat.peer.result.seconds,
    });
    const [ourMemory, peerMemory] = [await ours.process.memoryBytes(), await peer.process.memoryBytes()];
    samples.push(
      { cell: 'RSS', unit: 'MB', ours: ourMemory.rss / 1e6, peer: peerMemory.rss / 1e6 },
      { cell: 'RSS, anonymous part', unit: 'MB', ours: ourMemory.anonymous / 1e6, peer: peerMemory.anonymous / 1e6 },
    );
  }
  return samples;
};

function latencies(
  load: string,
  { ours, peer }: { readonly ours: Measured; readonly peer: Measured },
): readonly Sample[] {
  return [
    ...(['p50', 'p99'] as const).map((quantile) => ({
      cell: `${quantile}, ${load}`,
      unit: 'ms',
      ours: ours.result.latency[quantile],
      peer: peer.result.latency[quantile],
    })),
    { cell: `CPU per review, ${load}`, unit: 'ms', ours: ours.cpuPerReviewMs, peer: peer.cpuPerReviewMs },
  ];
}

/** Runs one job in a load generator of its own. */
async function load(job: LoadJob): Promise<LoadResult> {
  const [program, ...args] = onCore(otherCore, [process.execPath, loader]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  return JSON.parse(await text(child.stdout)) as LoadResult;
}

async function startPeer(
  program: string,
  folder: string,
  { key, cert }: { readonly key: string; readonly cert: string },
  stack: AsyncDisposableStack,
): Promise<Side> {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  const port = await freePort();
  const running = stack.use(
    start({
      command: [
        program,
        `--port=${port}`,
        `--certificate=${join(folder, 'tls.crt')}`,
        `--key=${join(folder, 'tls.key')}`,
      ],
      // Dapr reads its own namespace from the environment of its pod.
      environment: { NAMESPACE: 'dapr-system' },
      core: measuredCore,
      logFile: join(folder, 'peer.log'),
    }),
  );
  await until('the peer', () => isListening(port));
  return { port, process: running };
}

async function startOurs(
  { tell }: BenchOptions,
  folder: string,
  names: readonly string[],
  { key, cert }: { readonly key: string; readonly cert: string },
  stack: AsyncDisposableStack,
): Promise<Side> {
  const binaries = await ensureBinaries(['etcd', 'kube-apiserver'], { environment: process.env, report: tell });
  tell('starting an API server with 100 labelled namespaces');
  const api = stack.use(
    await startApiServer({
      etcd: binaries['etcd'] ?? '',
      kubeApiServer: binaries['kube-apiserver'] ?? '',
      folder: join(folder, 'apiserver'),
      core: otherCore,
    }),
  );
  await fillCluster(api.client, names, { key, cert });
  const { script, map } = await bundle(repository, 'webhook/main.ts', 'webhook');
  await writeFile(join(folder, 'webhook.mjs'), script);
  await writeFile(join(folder, 'webhook.mjs.map'), map);
  const config = {
    collector: { endpoint: 'http://remora-collector.remora-system.svc.cluster.local:4318' },
    images: { telemetry: 'docker.io/remora/remora-telemetry:0.1.0' },
    certificates: { provider: 'self' },
  };
  await writeFile(join(folder, 'config.yaml'), stringify(config));
  const [port, probes, debug] = [await freePort(), await freePort(), await freePort()];
  const running = stack.use(
    start({
      command: [process.execPath, ...(await shippedFlags()), ...extraFlags(), join(folder, 'webhook.mjs')],
      environment: {
        KUBECONFIG: api.kubeconfig,
        REMORA_CONFIG: join(folder, 'config.yaml'),
        REMORA_ADMISSION_PORT: String(port),
        REMORA_PROBES_PORT: String(probes),
        REMORA_DEBUG_PORT: String(debug),
        REMORA_DRAIN_GRACE: '100ms',
      },
      core: measuredCore,
      logFile: join(folder, 'webhook.log'),
    }),
  );
  await until('the webhook', async () => (await fetch(`http://127.0.0.1:${probes}/readyz`)).ok);
  return { port, process: running };
}

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

async function isListening(port: number): Promise<boolean> {
  // Any answer will do, and a self-signed certificate is one.
  return fetch(`https://127.0.0.1:${port}/`).then(
    () => true,
    (error: unknown) => error instanceof Error && !JSON.stringify(error.cause).includes('ECONNREFUSED'),
  );
}

/** Puts into the API server what the chart and control would: namespaces, their ConfigMaps, and Remora's own objects. */
async function fillCluster(
  client: KubeClient,
  names: readonly string[],
  { key, cert }: { readonly key: string; readonly cert: string },
): Promise<void> {
  const base64 = (value: string): string => Buffer.from(value).toString('base64');
  const namespace = 'remora-system';
  const seal = { current: { id: 'bench', secret: randomBytes(32).toString('base64') } };
  const make = async (type: (typeof resources)[keyof typeof resources], object: object): Promise<void> => {
    const made: KubeOutcome<unknown> = await client.create(type, object as KubeObject);
    if (made.outcome === 'failed') throw new Error(made.message);
  };
  await make(resources.namespaces, { metadata: { name: namespace } });
  await make(resources.secrets, {
    metadata: { name: 'remora-webhook-tls', namespace },
    data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
  });
  await make(resources.secrets, {
    metadata: { name: 'remora-seal', namespace },
    data: { 'keys.json': base64(JSON.stringify(seal)) },
  });
  await make(resources.configMaps, {
    metadata: { name: 'remora-platform', namespace },
    data: { 'platform.json': JSON.stringify({ imageVolumes: true }) },
  });
  await Promise.all(
    names.map(async (name) => {
      await make(resources.namespaces, { metadata: { name, labels: { 'remora.dev/inject': 'enabled' } } });
      const configMap = (configMapName: string, data: object, labels: object = {}): Promise<void> =>
        make(resources.configMaps, { metadata: { name: configMapName, namespace: name, labels }, data });
      await configMap('environment', { LOG_LEVEL: 'info', NODE_OPTIONS: '--max-old-space-size=256' });
      await configMap('prefixed', { OPTIONS: '--enable-source-maps', ENV: 'production' });
      await configMap('files', { 'application.properties': 'x=y\n'.repeat(5_000) });
      const settings = stringify([{ match: { labels: { app: 'frontend' } }, settings: { telemetry: 'node' } }]);
      await configMap('remora', { 'settings.yaml': settings }, { 'remora.dev/settings': 'true' });
    }),
  );
}
