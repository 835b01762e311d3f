/**
 * `npm run bench -- <name> [--quick]`: runs ours and the peer interleaved, prints a table, and as its last line one
 * JSON object. Exit status 1 when the benchmark could not run; a slow result is a result.
 */
import { benchAgents } from './agents.ts';
import { benchPolicies } from './policies.ts';
import { renderTable, summarize } from './report.ts';
import type { Sample } from './report.ts';
import { benchWebhook } from './webhook.ts';

export interface BenchOptions {
  /** Ends within 60 s when binaries are cached. */
  readonly isQuick: boolean;
  /** Tells a person what is going on. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Runs one benchmark; each issue adds its own. */
export type Bench = (options: BenchOptions) => Promise<readonly Sample[]>;

const benches: Readonly<Record<string, Bench>> = {
  agents: benchAgents,
  policies: benchPolicies,
  webhook: benchWebhook,
};

const [name = '', ...flags] = process.argv.slice(2);
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
const unknown = flags.filter((flag) => flag !== '--quick');
if (bench === undefined || unknown.length > 0) {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join('|')}> [--quick]`);
  process.exit(64);
}
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
try {
  const samples = await bench({
    isQuick: flags.includes('--quick'),
    tell: (line) => console.log(`[${process.uptime().toFixed(1).padStart(6)} s] ${line}`),
    signal: stop.signal,
  });
  const cells = summarize(samples);
  console.log(renderTable(cells));
  console.log(JSON.stringify({ bench: name, cells }));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
