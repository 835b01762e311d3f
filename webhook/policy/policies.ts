import type { Registry as MetricsRegistry } from 'prom-client';
import type { EventRecorder } from '../../kube/events.ts';
import { createInformer } from '../../kube/informer.ts';
import { createKinds } from '../../kube/kinds.ts';
import { resources } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { describeProblem } from '../../runtime/problem.ts';
import { policySelector } from '../../settings/policies/configmap.ts';
import type { NamespaceFacts } from '../../settings/types.ts';
import type { Handler } from '../admission/handler.ts';
import type { AdmissionRequest } from '../admission/review.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { PolicyLimits } from '../config.ts';
import { admit } from './admit/admit.ts';
import type { Verdict } from './answer/answer.ts';
import { createAfterwards } from './afterwards.ts';
import type { Audit } from './audit/audit.ts';
import { builtins } from './builtins/table.ts';
import type { Compiler } from './compile/types.ts';
import { createPool } from './evaluate/pool.ts';
import { createInventory } from './inventory/inventory.ts';
import { createCheck } from './load/check.ts';
import type { Check } from './load/check.ts';
import { createLoader } from './load/load.ts';
import { keepPolicy } from './load/keep.ts';
import type { StoredPolicy } from './load/keep.ts';
import { isReadable } from './load/readable.ts';
import { createModules } from './load/modules.ts';
import { createPolicyMetrics } from './metrics/metrics.ts';
import { createRegistry } from './registry/registry.ts';
import type { Load, LoadedPolicy } from './registry/loaded.ts';
import type { PolicyStatus, RegistryOptions } from './registry/registry.ts';

export interface PoliciesOptions {
  readonly client: KubeClient;
  /** Remora's own namespace, whose policies are for all. */
  readonly namespace: string;
  readonly limits: PolicyLimits;
  /** Name of this pod. */
  readonly replica: string;
  readonly cluster: Pick<Cluster, 'awaitNamespace' | 'namespace'>;
  readonly namespaces: () => Iterable<NamespaceFacts>;
  readonly excludedNamespaces: readonly string[];
  readonly compiler: Compiler;
  /** Script of the threads. */
  readonly worker: URL;
  readonly metrics: MetricsRegistry;
  readonly timer: Timer;
  readonly random: () => number;
  readonly events: Pick<EventRecorder, 'record'>;
  /** Milliseconds since the process began. */
  readonly uptimeMs: () => number;
  readonly log: Logger;
}

/** Everything that has to do with policies, in one process. */
export interface Policies {
  /** Answers `/policies`. */
  readonly handler: Handler;
  /** What a policy ConfigMap that is about to be stored has wrong. */
  readonly check: Check;
  /** Keeps for replays what `/validate` is asked about; what is judged is kept where it is judged, and neither twice. */
  readonly note: (request: AdmissionRequest) => void;
  /** Answers `/audit`. */
  readonly report: Audit['report'];
  readonly statuses: () => readonly PolicyStatus[];
  /** Why requests are not judged by every policy yet. */
  readonly notReady: () => string | undefined;
  /** Ends with the signal that it was made with; resolves when the first list of policies is in memory. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Threads' memory: one policy may take much for a moment; what stays for the next request is little. */
const memory = { instanceBytes: 64 << 20, keptBytes: 20 << 20, resultBytes: 1 << 20 };

/** Of the 3 s that the API server waits, what a request may spend in the queue. */
const queueMs = 2_000;

/** So long a new policy waits for what it wants to know of the cluster. */
const preparedMs = 5_000;

/** So long a new replica waits for what policies want to know of the cluster; a right that is missing must not stop it. */
const inventoryWaitMs = 15_000;

/** Puts the parts together: ConfigMaps -> registry -> modules -> threads, and requests through them. */
export function createPolicies(options: PoliciesOptions, signal: AbortSignal): Policies {
  const { client, namespace, limits, cluster, excludedNamespaces, compiler, timer, random } = options;
  const log = options.log.with({ part: 'policies' });
  const common = { client, timer, random, log };
  const table = new Map(Object.entries(builtins));
  const { timeoutMs, workers } = limits;
  const pool = createPool({ script: options.worker, workers, timeoutMs, queueMs, limits: memory, timer, log });
  const kinds = createKinds({ client, timer, log });
  const modules = createModules({ client, namespace, compiler, pool, builtins: table, log });
  const informer = createInformer({
    ...common,
    type: resources.configMaps,
    query: { labelSelector: policySelector },
    keep: keepPolicy,
  });
  const { readable } = limits;
  const read = createLoader({ modules, kinds, readable, ownNamespace: namespace });
  // A policy that was stored while nobody checked it may ask for anything, Secrets included.
  const readableKinds = {
    get served() {
      return kinds.served.filter((kind) => isReadable(kind, readable));
    },
  };
  const inventory = createInventory({ ...common, kinds: readableKinds }, signal);
  const load = async (stored: StoredPolicy): Promise<Load> => {
    const loaded = await read(stored);
    if (loaded.outcome === 'loaded') await inventory.prepare(loaded.policies, preparedMs);
    return loaded;
  };
  const registry = createRegistry<StoredPolicy>({ ...common, informer, load, onFailed: tellOf(options) }, signal);
  let wasSettled = false;
  const noteSettled = (): void => {
    if (wasSettled || !registry.isSettled) return;
    wasSettled = true;
    const { length: count } = registry.statuses;
    log.info('policies.settled', { policies: count, uptimeMs: options.uptimeMs() });
  };
  let admitted: readonly LoadedPolicy[] = [];
  kinds.onChange(() => inventory.follow(registry.policies));
  registry.onChange(() => {
    admitted = registry.policies.filter(({ isAdmitted }) => isAdmitted);
    noteSettled();
    inventory.follow(registry.policies);
    if (registry.isLoading) return;
    modules.retain(new Set(registry.policies.flatMap(({ rules }) => rules.map(({ module }) => module))));
  });
  const metrics = createPolicyMetrics(options.metrics);
  metrics.register(registry);
  const judging = { pool, inventory, expansions: () => registry.expansions };
  const afterwards = createAfterwards({ ...options, registry, kinds, readable, judging, log });

  return {
    handler: (request) =>
      admit(request, {
        policies: () => admitted,
        timer,
        ...judging,
        cluster,
        excludedNamespaces,
        observe: (of, verdicts) => {
          if (!isValidated(of)) afterwards.note(of);
          metrics.observe(verdicts);
          for (const verdict of verdicts) tellOfFailure(verdict, options);
        },
      }),
    check: afterwards.withReplay(createCheck({ modules, compiler, kinds, readable, ownNamespace: namespace })),
    note: (request) => {
      if (isValidated(request)) afterwards.note(request);
    },
    report: (query) => afterwards.audit.report(query),
    statuses: () => registry.statuses,
    notReady: () => {
      if (!registry.isSettled) return 'not every policy is loaded yet';
      const missing = options.uptimeMs() < inventoryWaitMs ? inventory.missing : [];
      return missing.length === 0 ? undefined : `data.inventory has no ${missing.join(', ')} yet`;
    },
    start: async () => {
      void kinds.run(signal);
      await kinds.refresh();
      await informer.start(signal);
      noteSettled();
      void afterwards.audit.run(signal);
    },
    close: async () => {
      await Promise.all([pool.close(), compiler.drain(), afterwards.audit.close()]);
    },
  };
}

/** New objects of these are asked about at `/validate` and at `/policies`, maybe of two replicas. */
const validated: ReadonlySet<string> = new Set([
  '/pods',
  ...['deployments', 'statefulsets', 'daemonsets'].map((plural) => `apps/${plural}`),
  ...['jobs', 'cronjobs'].map((plural) => `batch/${plural}`),
]);

function isValidated({ operation, resource: { group, resource } }: AdmissionRequest): boolean {
  return operation === 'CREATE' && validated.has(`${group}/${resource}`);
}

/** Says on a policy's ConfigMap that it could not judge: who made the request may be a controller, whom nobody hears. */
function tellOfFailure({ policy, evaluation }: Verdict, { events }: PoliciesOptions): void {
  if (evaluation.outcome !== 'failed') return;
  const { namespace, name, title } = policy;
  events.record({
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
    type: 'Warning',
    reason: evaluation.code,
    action: 'Judging',
    note: `${title} could not judge a request: ${evaluation.message}`,
  });
}

/** Says on a policy's ConfigMap why it is not in force as it is written. */
function tellOf({ events }: PoliciesOptions): RegistryOptions<StoredPolicy>['onFailed'] {
  return (namespace, name, problems) => {
    const [first] = problems;
    if (first === undefined) return;
    const more = problems.length === 1 ? '' : `; and ${problems.length - 1} more problems`;
    events.record({
      regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
      type: 'Warning',
      reason: first.code,
      action: 'Loading',
      note: `this policy does not load; what it said before, if anything, stays in force: ${describeProblem(first)}${more}`,
    });
  };
}
