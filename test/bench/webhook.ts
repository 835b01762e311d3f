import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { resources } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { selfSigned } from '../unit/runtime/certificate.ts';
import { freePort, startApiServer } from './apiserver.ts';
import { measuredCore, otherCore } from './cores.ts';
import type { LoadJob } from './load/job.ts';
import type { Bench, BenchOptions } from './main.ts';
import { latencies, load, measure, memoryOf, throughput } from './measure.ts';
import type { Side } from './measure.ts';
import { ensurePeer } from './peer.ts';
import { start, until } from './process.ts';
import { fillRemora, make, startWebhook } from './remora.ts';
import type { ServingPair } from './remora.ts';
import type { Sample } from './report.ts';
import { podReviews } from './reviews.ts';

const labelledNamespaces = 100;
const connections = 8;
const rate = 200;

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

  const job = (side: Side, changes: Partial<LoadJob>): LoadJob => ({
    port: side.port,
    path: side.path,
    ca: cert,
    serverName: 'test',
    bodiesFile,
    // Every answer to these requests carries a patch; looking for it costs less than parsing the answer.
    proofs: ['"patch":"'],
    connections,
    rate: 0,
    warmupMs: 300,
    durationMs: isQuick ? 2_000 : 10_000,
    ...changes,
  });

  tell('warming both up');
  for (const side of [ours, peer]) await load(job(side, { durationMs: isQuick ? 4_000 : 10_000 }));
  const samples: Sample[] = [];
  const rounds = isQuick ? 3 : 5;
  for (let round = 1; round <= rounds; round += 1) {
    tell(`round ${round} of ${rounds}`);
    const atRate = { ours: await measure(ours, job(ours, { rate })), peer: await measure(peer, job(peer, { rate })) };
    const flatOut = { ours: await measure(ours, job(ours, {})), peer: await measure(peer, job(peer, {})) };
    samples.push(...latencies(`${rate}/s`, atRate), ...latencies('flat out', flatOut), throughput('flat out', flatOut));
    samples.push(...(await memoryOf('', ours, peer)));
  }
  return samples;
};

async function startPeer(
  program: string,
  folder: string,
  { key, cert }: ServingPair,
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
  return { port, path: '/mutate', process: running };
}

async function startOurs(
  { tell }: BenchOptions,
  folder: string,
  names: readonly string[],
  pair: ServingPair,
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
  await fillRemora(api.client, pair);
  await fillNamespaces(api.client, names);
  const { port, process: running } = await startWebhook({ api, folder: join(folder, 'ours'), tell });
  return { port, path: '/mutate', process: stack.use(running) };
}

async function isListening(port: number): Promise<boolean> {
  // Any answer will do, and a self-signed certificate is one.
  return fetch(`https://127.0.0.1:${port}/`).then(
    () => true,
    (error: unknown) => error instanceof Error && !JSON.stringify(error.cause).includes('ECONNREFUSED'),
  );
}

/** Labelled namespaces with the ConfigMaps that planning looks at. */
async function fillNamespaces(client: KubeClient, names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      await make(client, resources.namespaces, { metadata: { name, labels: { 'remora.dev/inject': 'enabled' } } });
      const configMap = (configMapName: string, data: object, labels: object = {}): Promise<void> =>
        make(client, resources.configMaps, { metadata: { name: configMapName, namespace: name, labels }, data });
      await configMap('environment', { LOG_LEVEL: 'info', NODE_OPTIONS: '--max-old-space-size=256' });
      await configMap('prefixed', { OPTIONS: '--enable-source-maps', ENV: 'production' });
      await configMap('files', { 'application.properties': 'x=y\n'.repeat(5_000) });
      const settings = stringify([{ match: { labels: { app: 'frontend' } }, settings: { telemetry: 'node' } }]);
      await configMap('remora', { 'settings.yaml': settings }, { 'remora.dev/settings': 'true' });
    }),
  );
}
