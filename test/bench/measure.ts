import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { otherCore } from './cores.ts';
import type { LoadJob, LoadResult } from './load/job.ts';
import { onCore } from './process.ts';
import type { Running } from './process.ts';
import type { Sample } from './report.ts';

const loader = fileURLToPath(new URL('./load/main.ts', import.meta.url));

/** A server that is measured. */
export interface Side {
  readonly port: number;
  readonly path: string;
  readonly process: Running;
}

export interface Measured {
  readonly result: LoadResult;
  readonly cpuPerReviewMs: number;
}

/** Runs one job in a load generator of its own. */
export async function load(job: LoadJob): Promise<LoadResult> {
  const [program, ...args] = onCore(otherCore, [process.execPath, loader]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  return JSON.parse(await text(child.stdout)) as LoadResult;
}

/**
 * Runs one job against a server, and says what it cost the server.
 *
 * @throws Error when a review failed: figures of a server that does not answer are none.
 */
export async function measure(side: Side, job: LoadJob): Promise<Measured> {
  const before = await side.process.cpuSeconds();
  const result = await load(job);
  const after = await side.process.cpuSeconds();
  if (result.failures > 0) throw new Error(`${result.failures} reviews failed: ${result.firstFailure ?? ''}`);
  return { result, cpuPerReviewMs: ((after - before) * 1000) / result.sent };
}

/** Cells of one load: latencies, and CPU time per review. */
export function latencies(
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

export function throughput(load: string, { ours, peer }: { readonly ours: Measured; readonly peer: Measured }): Sample {
  const of = ({ result }: Measured): number => result.requests / result.seconds;
  return { cell: `throughput, ${load}`, unit: 'reviews/s', ours: of(ours), peer: of(peer) };
}

/** Resident memory now, of all and of what is the process's own. */
export async function memoryOf(prefix: string, ours: Side, peer: Side): Promise<readonly Sample[]> {
  const [our, their] = [await ours.process.memoryBytes(), await peer.process.memoryBytes()];
  return [
    { cell: `${prefix}RSS`, unit: 'MB', ours: our.rss / 1e6, peer: their.rss / 1e6 },
    {
      cell: `${prefix}RSS, anonymous part`,
      unit: 'MB',
      ours: our.anonymous / 1e6,
      peer: their.anonymous / 1e6,
    },
  ];
}
