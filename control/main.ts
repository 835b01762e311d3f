import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Gauge } from 'prom-client';
import packageJson from '../package.json' with { type: 'json' };
import { connect } from '../kube/connect.ts';
import { createEventRecorder } from '../kube/events.ts';
import { holdLease } from '../kube/lease.ts';
import { systemTimer } from '../runtime/clock.ts';
import { createDebugServer } from '../runtime/debug.ts';
import { exitStatus } from '../runtime/exit.ts';
import { listen } from '../runtime/listen.ts';
import { createLogger, parseLogLevel } from '../runtime/log.ts';
import { createRegistry } from '../runtime/metrics.ts';
import { createProbes } from '../runtime/probes.ts';
import { describeProblem } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';
import { defaultConfigPath, parseControlConfig } from './config.ts';
import { createLead } from './lead.ts';

const timer = systemTimer;
const { version } = packageJson;
const log = createLogger({
  component: 'remora-control',
  level: parseLogLevel(process.env['REMORA_LOG_LEVEL'] ?? '') ?? 'info',
  clock: timer,
  write: (line) => process.stdout.write(line),
});

function leaveWith(problems: readonly Problem[]): never {
  for (const problem of problems) log.error('configuration.refused', { problem: describeProblem(problem) });
  process.exit(exitStatus.configuration);
}

// What we are told.
const path = process.env['REMORA_CONFIG'] ?? defaultConfigPath;
const source = await readFile(path, 'utf8').catch((error: unknown) =>
  leaveWith([{ code: 'InvalidConfiguration', field: path, value: String(error), allowed: 'a readable file' }]),
);
const parsed = parseControlConfig(source, process.env);
if (parsed.outcome === 'refused') leaveWith(parsed.problems);
const config = parsed.value;
const { namespace, podName } = config;
const connected = await connect({
  environment: process.env,
  timer,
  random: Math.random,
  userAgent: `remora-control/${version}`,
});
if (connected.outcome === 'refused') leaveWith(connected.problems);
const { client } = connected.value;

// What we tell.
const registry = createRegistry('control', version);
const leading = new Gauge({
  name: 'remora_control_leading',
  help: '1 while this replica holds the lease remora-control.',
  registers: [registry],
});
const probes = createProbes(registry);
const debug = createDebugServer({ '/version': () => ({ version, podName, isLeading: isLeading() }) });
let term: AbortSignal | undefined;
const isLeading = (): boolean => term?.aborted === false;

const events = createEventRecorder({
  client,
  controller: 'remora.dev/control',
  instance: podName,
  timer,
  log,
  registry,
});

// What we do, on one replica at a time.
const doLead = createLead({
  client,
  config,
  events,
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  fetch,
  timer,
  random: Math.random,
  randomBytes,
  log,
  registry,
});

async function lead(signal: AbortSignal): Promise<void> {
  term = signal;
  leading.set(1);
  await doLead(signal);
  leading.set(0);
}

const stop = new AbortController();
probes.addReadyCheck('draining', () => (stop.signal.aborted ? 'draining' : undefined));
await listen(probes.server, config.ports.probes);
await listen(debug, config.ports.debug, '127.0.0.1');
log.info('control.started', { version, namespace, podName });
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
void events.run(stop.signal);
const lease = { client, namespace, name: 'remora-control', identity: podName, timer, random: Math.random, log };
await holdLease(lease, lead, stop.signal);
log.info('control.stopped');
process.exit(0);
