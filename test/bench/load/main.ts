/** The load generator: a process of its own on a core of its own, so that it never competes with what it measures. */
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { LoadJob, LoadResult } from './job.ts';

const job = JSON.parse(await text(process.stdin)) as LoadJob;
const bodies = (await readFile(job.bodiesFile, 'utf8'))
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(line));
/** Each request has a uid of its own, as those of an API server have: servers keep what they know of one. */
const uidAts = bodies.map((body) => body.indexOf('"uid":"') + '"uid":"'.length);
const uidLength = 36;

function bodyOf(number: number): Buffer {
  const at = number % bodies.length;
  const body = Buffer.from(bodies[at] ?? '');
  body.write(number.toString(16).padStart(uidLength, '0'), uidAts[at] ?? 0);
  return body;
}

const pool = new Pool(`https://127.0.0.1:${job.port}`, {
  connections: job.connections,
  pipelining: 1,
  connect: { ca: job.ca, servername: job.serverName },
});

const latencies: number[] = [];
let failures = 0;
let firstFailure: string | undefined;
let next = 0;

function isRefuted(answer: string): boolean {
  return job.refutation !== undefined && answer.includes(job.refutation);
}

async function send(dueAt: number, isCounted: boolean): Promise<void> {
  const number = next++;
  let failure: string | undefined;
  try {
    const answer = await pool.request({
      method: 'POST',
      path: job.path,
      headers: { 'content-type': 'application/json' },
      body: bodyOf(number),
    });
    const received = await answer.body.text();
    const isRight =
      received.includes(job.proofs[(number % bodies.length) % job.proofs.length] ?? '') && !isRefuted(received);
    if (answer.statusCode !== 200 || !isRight) failure = `${answer.statusCode} ${received}`;
  } catch (error) {
    failure = String(error);
  }
  if (!isCounted) return;
  latencies.push(performance.now() - dueAt);
  if (failure === undefined) return;
  failures += 1;
  firstFailure ??= failure.slice(0, 1000);
}

/** Each connection sends its next request when the last was answered. */
async function sendFlatOut(untilAt: number, isCounted: boolean): Promise<void> {
  const worker = async (): Promise<void> => {
    while (performance.now() < untilAt) await send(performance.now(), isCounted);
  };
  await Promise.all(Array.from({ length: job.connections }, worker));
}

/** Sends at fixed times; a timer that fires late sends everything that is due by then, with its due time. */
async function sendAtRate(untilAt: number, isCounted: boolean): Promise<void> {
  const pending = new Set<Promise<void>>();
  let dueAt = performance.now();
  while (dueAt < untilAt) {
    for (const now = performance.now(); dueAt <= now && dueAt < untilAt; dueAt += 1000 / job.rate) {
      const sent = send(dueAt, isCounted).finally(() => pending.delete(sent));
      pending.add(sent);
    }
    await delay(1);
  }
  await Promise.all(pending);
}

const run = job.rate === 0 ? sendFlatOut : sendAtRate;
await run(performance.now() + job.warmupMs, false);
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
await run(startedAt + job.durationMs, true);
const seconds = (performance.now() - startedAt) / 1000;
const cpu = process.cpuUsage(cpuBefore);
await pool.close();

latencies.sort((left, right) => left - right);
const at = (part: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? NaN;
const result: LoadResult = {
  requests: latencies.length,
  sent: next,
  failures,
  ...(firstFailure === undefined ? {} : { firstFailure }),
  seconds,
  latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
  ownCpu: (cpu.user + cpu.system) / 1e6 / seconds,
};
process.stdout.write(JSON.stringify(result));
