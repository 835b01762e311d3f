import { readFile } from 'node:fs/promises';
import packageJson from '../package.json' with { type: 'json' };
import { connect } from '../kube/connect.ts';
import { createEventRecorder } from '../kube/events.ts';
import { systemTimer } from '../runtime/clock.ts';
import { createDebugServer } from '../runtime/debug.ts';
import { createDrain } from '../runtime/drain.ts';
import { exitStatus } from '../runtime/exit.ts';
import { listen } from '../runtime/listen.ts';
import { createLogger, parseLogLevel } from '../runtime/log.ts';
import { createRegistry } from '../runtime/metrics.ts';
import { createProbes } from '../runtime/probes.ts';
import { describeProblem } from '../runtime/problem.ts';
import type { Problem } from '../runtime/problem.ts';
import { createAnswerer } from './admission/answer.ts';
import { createDecisions, whyQuery } from './admission/decisions.ts';
import { createAdmissionMetrics, registerInformerMetrics } from './admission/metrics.ts';
import { mutate } from './admission/mutate.ts';
import { createPreview } from './admission/preview.ts';
import { createRecord } from './admission/record.ts';
import { validate } from './admission/validate.ts';
import { followCertificate } from './certificate.ts';
import { createCluster } from './cluster/cluster.ts';
import { createInformers, sealSecret, servingSecret } from './cluster/informers.ts';
import { defaultConfigPath, parseWebhookConfig } from './config.ts';
import { refused } from './policy/builtins/table.ts';
import { createCompiler } from './policy/compile/compiler.ts';
import { defaultLimits } from './policy/compile/types.ts';
import { createPolicies } from './policy/policies.ts';
import { createAdmissionServer } from './server.ts';

/** Decisions that `/why` remembers; one to three kB each. */
const remembered = 500;

/** All of it within terminationGracePeriodSeconds, 30 by default. */
const drainTimes = { idleMs: 1_000, deadlineMs: 25_000 };

const timer = systemTimer;
const { version } = packageJson;
const log = createLogger({
  component: 'remora-webhook',
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
const parsed = parseWebhookConfig(source, process.env, version);
if (parsed.outcome === 'refused') leaveWith(parsed.problems);
const config = parsed.value;
const connected = await connect({
  environment: process.env,
  timer,
  random: Math.random,
  userAgent: `remora-webhook/${version}`,
});
if (connected.outcome === 'refused') leaveWith(connected.problems);
const { client } = connected.value;
// OPA is asked what it is while the cluster is read.
const compiling = createCompiler({ ...config.compiler, limits: defaultLimits, refused });

// What we know: the cluster, in memory.
const stop = new AbortController();
const informers = createInformers({ client, namespace: config.namespace, timer, random: Math.random, log });
const certificate = followCertificate(informers.serving, log);
const cluster = createCluster({ informers, chart: config.chart, timer });
const synced = Promise.all(Object.values({ ...informers }).map((informer) => informer.start(stop.signal)));

// What we tell: metrics, probes, events, and the last decisions.
const registry = createRegistry('webhook', version);
const metrics = createAdmissionMetrics(registry);
registerInformerMetrics(registry, { ...informers });
const events = createEventRecorder({
  client,
  controller: 'remora.dev/webhook',
  instance: config.podName,
  timer,
  log,
  registry,
});
const decisions = createDecisions(remembered);

// What we decide: policies, and all the rest.
const created = await compiling;
if (created.outcome === 'unavailable') {
  const { opaPath } = config.compiler;
  leaveWith([{ code: 'CompilerUnavailable', field: 'REMORA_OPA_PATH', value: opaPath, allowed: created.message }]);
}
const isSource = import.meta.url.endsWith('.ts');
const policies = createPolicies(
  {
    ...{ client, cluster, events, timer, random: Math.random, log, metrics: registry },
    uptimeMs: () => Math.round(process.uptime() * 1_000),
    ...{ namespace: config.namespace, excludedNamespaces: config.excludedNamespaces, limits: config.policies },
    replica: config.podName,
    namespaces: () => informers.namespaces.all(),
    compiler: created.compiler,
    worker: new URL(isSource ? './policy/evaluate/worker.ts' : './policy-worker.mjs', import.meta.url),
  },
  stop.signal,
);
const dependencies = {
  ...config,
  ownNamespace: config.namespace,
  checkPolicy: policies.check,
  cluster,
  sealKeys: () => informers.sealKeys.get(config.namespace, sealSecret),
  preview: createPreview(cluster, config.settings),
};
const answer = createAnswerer({
  handlers: {
    mutate: (request) => mutate(request, dependencies),
    validate: (request) => {
      policies.note(request);
      return validate(request, dependencies);
    },
    policies: policies.handler,
  },
  record: createRecord({ metrics, events, decisions, clock: timer }),
  metrics,
  log,
  clock: performance,
});

// Who looks after us: ready once all is in memory, gone with no failed request.
const probes = createProbes(registry);
const drain = createDrain({ times: { graceMs: config.drainGraceMs, ...drainTimes }, timer, log });
probes.addReadyCheck('draining', drain.check);
for (const [name, informer] of Object.entries({ ...informers })) {
  probes.addReadyCheck(`informer-${name}`, () => (informer.isSynced ? undefined : 'its first list is not in memory'));
}
probes.addReadyCheck('seal-key', () => (dependencies.sealKeys() ? undefined : `Secret ${sealSecret} has no key yet`));
probes.addReadyCheck('policies', policies.notReady);
let isServing = false;
probes.addReadyCheck('serving', () => (isServing ? undefined : `Secret ${servingSecret} has no certificate yet`));
const debug = createDebugServer({
  '/version': () => ({ version, podName: config.podName }),
  '/why': (query) => decisions.find(whyQuery(query)),
  '/policies': () => policies.statuses(),
  '/audit': (query) => policies.report(query),
});
await listen(probes.server, config.ports.probes);
await listen(debug, config.ports.debug, '127.0.0.1');

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    void drain.drain().then(async () => {
      stop.abort();
      await policies.close();
      log.info('webhook.stopped');
      process.exit(0);
    });
  });
}

void events.run(stop.signal);
log.info('webhook.started', { version, namespace: config.namespace, podName: config.podName });
const serving = await certificate.first;
await Promise.all([synced, policies.start()]);
const server = createAdmissionServer(serving, answer);
certificate.follow(server);
drain.track(server);
const port = await listen(server, config.ports.admission);
isServing = true;
log.info('webhook.serving', { port });
