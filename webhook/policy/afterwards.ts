import type { Registry as MetricsRegistry } from 'prom-client';
import type { ApiResource } from '../../kube/discovery.ts';
import type { Kinds } from '../../kube/kinds.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { isExcluded } from '../../settings/scope.ts';
import type { NamespaceFacts } from '../../settings/types.ts';
import type { AdmissionRequest } from '../admission/review.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { judge } from './admit/judge.ts';
import type { JudgeDependencies } from './admit/judge.ts';
import { createAudit } from './audit/audit.ts';
import type { Audit } from './audit/audit.ts';
import { withoutWaiting } from './audit/judge.ts';
import type { Judge } from './audit/judge.ts';
import type { Check } from './load/check.ts';
import { isReadable } from './load/readable.ts';
import type { Readable } from './load/readable.ts';
import type { Registry } from './registry/registry.ts';
import { createReplayer } from './replay/replay.ts';
import { createRing } from './replay/ring.ts';
import { replayWarning } from './replay/text.ts';

export interface AfterwardsOptions {
  readonly client: Pick<KubeClient, 'pages' | 'get' | 'replace'>;
  /** Remora's own namespace. */
  readonly namespace: string;
  /** Name of this pod. */
  readonly replica: string;
  readonly registry: Registry;
  readonly kinds: Pick<Kinds, 'served'>;
  readonly readable: Readable;
  readonly judging: Pick<JudgeDependencies, 'pool' | 'inventory' | 'expansions'>;
  readonly cluster: Pick<Cluster, 'namespace'>;
  readonly namespaces: () => Iterable<NamespaceFacts>;
  readonly excludedNamespaces: readonly string[];
  readonly metrics: MetricsRegistry;
  readonly timer: Timer;
  readonly log: Logger;
}

/** What policies are asked beside requests that wait: about what exists, and about requests that were. */
export interface Afterwards {
  readonly audit: Audit;
  /** Keeps a request for replays. Nobody waits for it. */
  note(request: AdmissionRequest): void;
  /** The same check, which says of an accepted policy what it would have refused lately. */
  withReplay(check: Check): Check;
}

/** Who applies a policy waits for it; what was looked at until then is what is said. */
const replayMs = 1_000;

/** Puts the parts together: requests -> ring -> replays, and objects -> audit. */
export function createAfterwards(options: AfterwardsOptions): Afterwards {
  const { registry, readable, timer, judging, excludedNamespaces } = options;
  const ring = createRing({ clock: timer });
  const dependencies = { ...judging, cluster: withoutWaiting(options.cluster) };
  const ask: Judge = async (request, policies) => await judge(request, policies, dependencies);
  const replay = createReplayer({ ring, judge: ask, timer });
  const audit = createAudit({
    ...options,
    inventory: judging.inventory,
    registry: {
      get policies() {
        return registry.policies.filter(({ isAudited }) => isAudited);
      },
      get isSettled() {
        return registry.isSettled;
      },
      onChange: (listener) => registry.onChange(listener),
    },
    isReadable: (type: ApiResource) => isReadable(type, readable),
    judge: ask,
    ring,
    replay,
  });
  return {
    audit,
    note: (request) => {
      if (isExcluded(request.namespace ?? '', excludedNamespaces)) return;
      setImmediate(() => ring.add(request));
    },
    withReplay: (check) => async (configMap, signal) => {
      const checked = await check(configMap, signal);
      if (checked.problems.length > 0 || checked.policies.length === 0) return checked;
      const warning = replayWarning(await replay(checked.policies, { deadlineMs: replayMs }), timer.now());
      return warning === undefined ? checked : { ...checked, warnings: [...checked.warnings, warning] };
    },
  };
}
