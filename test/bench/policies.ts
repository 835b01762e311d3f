import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '../../kube/resources.ts';
import { ensureBinaries } from '../cluster/binaries/build.ts';
import { selfSigned } from '../unit/runtime/certificate.ts';
import { startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { otherCore } from './cores.ts';
import type { LoadJob } from './load/job.ts';
import type { Bench } from './main.ts';
import { latencies, load, measure, memoryOf, throughput } from './measure.ts';
import type { Side } from './measure.ts';
import { createAsker, difference, policiesIn } from './policies/agreement.ts';
import type { Asker } from './policies/agreement.ts';
import { policyDocuments } from './policies/documents.ts';
import { addToGatekeeper, startGatekeeper } from './policies/gatekeeper.ts';
import { addToRemora, startPolicyWebhook, untilLoaded } from './policies/remora.ts';
import { policyReviews } from './policies/reviews.ts';
import type { Bodies } from './policies/reviews.ts';
import { until } from './process.ts';
import { fillRemora, make } from './remora.ts';
import type { Sample } from './report.ts';

const sizes = [1, 10, 50] as const;
const connections = 8;
const rate = 100;
const namespace = 'shop';

/**
 * The same templates and constraints in this webhook, bundled as it ships, and in Gatekeeper, both beside one real API
 * server; the same reviews of Deployments and pods over HTTPS with kept-alive connections. Each answers alone on one core,
 * in turns. Before anything is measured both have to give the same answers.
 */
export const benchPolicies: Bench = async ({ isQuick, tell }) => {
  const folder = await mkdtemp(join(tmpdir(), 'remora-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const pair = await selfSigned();
  tell('starting an API server');
  const api = stack.use(await apiServer(folder, tell));
  await fillRemora(api.client, pair);
  await make(api.client, resources.namespaces, {
    metadata: { name: namespace, labels: { 'remora.dev/inject': 'enabled' } },
  });
  const bodies = await policyReviews(api.client, namespace);
  const bodiesFile = join(folder, 'bodies');
  await writeFile(bodiesFile, bodies.mixed.join('\n'));
  tell('starting Gatekeeper and the webhook');
  const peer = await startGatekeeper({ api, folder: join(folder, 'gatekeeper'), pair, tell }, stack);
  const ours = await startPolicyWebhook(api, join(folder, 'ours'), tell);
  stack.use(ours.process);
  const asker = stack.use(createAsker(pair.cert));
  const documents = await policyDocuments(Math.max(...sizes));

  const job = (side: Side, proofs: readonly string[], changes: Partial<LoadJob> = {}): LoadJob => ({
    port: side.port,
    path: side.path,
    ca: pair.cert,
    serverName: 'test',
    bodiesFile,
    proofs,
    // A policy that could not answer lets pass.
    refutation: 'PolicyFailed',
    connections,
    rate: 0,
    warmupMs: 300,
    durationMs: isQuick ? 1_000 : 8_000,
    ...changes,
  });

  const samples: Sample[] = [];
  let added = 0;
  for (const size of sizes) {
    const more = documents.slice(added, size);
    await Promise.all(
      more.flatMap((document) => [addToGatekeeper, addToRemora].map((add) => add(api.client, document))),
    );
    added = size;
    await untilLoaded(ours, size);
    const proofs = await agree(asker, [ours, peer], bodies, size);
    tell(`${count(size)}: both say the same of ${bodies.mixed.length} reviews; warming them up`);
    for (const side of [ours, peer]) await load(job(side, proofs, { durationMs: isQuick ? 1_000 : 10_000 }));
    const rounds = isQuick ? 1 : 5;
    for (let round = 1; round <= rounds; round += 1) {
      tell(`${count(size)}: round ${round} of ${rounds}`);
      const atRate = {
        ours: await measure(ours, job(ours, proofs, { rate })),
        peer: await measure(peer, job(peer, proofs, { rate })),
      };
      const flatOut = { ours: await measure(ours, job(ours, proofs)), peer: await measure(peer, job(peer, proofs)) };
      const prefixed = (sample: Sample): Sample => ({ ...sample, cell: `${count(size)}: ${sample.cell}` });
      samples.push(...latencies(`${rate}/s`, atRate).map(prefixed));
      samples.push(...latencies('flat out', flatOut).map(prefixed), prefixed(throughput('flat out', flatOut)));
      samples.push(...(await memoryOf(`${count(size)}: `, ours, peer)));
    }
  }
  if (isQuick) return samples;
  const proofs = await agree(asker, [ours, peer], bodies, added);
  samples.push(await workerMemory(api, folder, (side) => load(job(side, proofs)), added, tell));
  return samples;
};

function count(size: number): string {
  return size === 1 ? '1 policy' : `${size} policies`;
}

async function apiServer(folder: string, tell: (line: string) => void): Promise<ApiServer> {
  const binaries = await ensureBinaries(['etcd', 'kube-apiserver'], { environment: process.env, report: tell });
  return startApiServer({
    etcd: binaries['etcd'] ?? '',
    kubeApiServer: binaries['kube-apiserver'] ?? '',
    folder: join(folder, 'apiserver'),
    core: otherCore,
  });
}

/**
 * Waits until Gatekeeper has every policy, and compares what both say.
 *
 * @returns what the answer to each of the mixed bodies has to contain.
 * @throws Error when they differ: a comparison of their speed would say nothing.
 */
async function agree(asker: Asker, sides: readonly Side[], bodies: Bodies, size: number): Promise<readonly string[]> {
  let theirs = 0;
  const isThere = async (): Promise<boolean> => {
    theirs = policiesIn((await asker.ask(sides, bodies.worst))[1]);
    return theirs === size;
  };
  await until(`Gatekeeper with ${count(size)}`, isThere, 120_000).catch((error: unknown) => {
    throw new Error(`Gatekeeper answers with ${theirs} of ${size} policies`, { cause: error });
  });
  const proofs: string[] = [];
  for (const body of [...bodies.mixed, bodies.worst]) {
    const answers = await asker.ask(sides, body);
    const found = difference(answers);
    if (found !== undefined) throw new Error(`the answers differ: ${found}`);
    proofs.push(`"allowed":${answers[0]?.allowed ?? false}`);
  }
  return proofs.slice(0, bodies.mixed.length);
}

/** What one more thread for policies takes: of two webhooks, one with two threads more than the other. */
async function workerMemory(
  api: ApiServer,
  folder: string,
  loadOf: (side: Side) => Promise<unknown>,
  size: number,
  tell: (line: string) => void,
): Promise<Sample> {
  const rssBytes: number[] = [];
  for (const workers of [1, 3]) {
    tell(`memory with ${workers} ${workers === 1 ? 'thread' : 'threads'}`);
    await using stack = new AsyncDisposableStack();
    const side = await startPolicyWebhook(api, join(folder, `workers-${workers}`), tell, workers);
    stack.use(side.process);
    await untilLoaded(side, size);
    await loadOf(side);
    await loadOf(side);
    rssBytes.push((await side.process.memoryBytes()).rss);
  }
  const [one = NaN, three = NaN] = rssBytes;
  return { cell: `${count(size)}: memory per policy worker`, unit: 'MB', ours: (three - one) / 2 / 1e6 };
}
