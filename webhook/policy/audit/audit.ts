import type { Registry as MetricsRegistry } from 'prom-client';
import type { KubeClient } from '../../../kube/types.ts';
import type { Logger } from '../../../runtime/log.ts';
import type { Registry } from '../registry/registry.ts';
import type { Replayer } from '../replay/replay.ts';
import type { Ring } from '../replay/ring.ts';
import { createReplays } from '../replay/replays.ts';
import { createBudget } from './budget.ts';
import { createEntries } from './entries.ts';
import type { Entry } from './entries.ts';
import { policyKey } from './firstseen.ts';
import { configMapOf } from './identity.ts';
import { createLedger, goneOf } from './ledger.ts';
import { registerAuditMetrics } from './metrics.ts';
import { reportPolicy, timeText } from './report.ts';
import type { AuditReport, PolicyToReport } from './report.ts';
import { auditRound } from './round.ts';
import type { Round, RoundSources } from './round.ts';

export interface AuditOptions extends Omit<RoundSources, 'budget' | 'client'> {
  readonly client: Pick<KubeClient, 'pages' | 'get' | 'replace'>;
  /** Remora's own namespace, where the ConfigMap `remora-audit` is. */
  readonly namespace: string;
  /** Name of this pod. */
  readonly replica: string;
  readonly registry: Pick<Registry, 'policies' | 'onChange' | 'isSettled'>;
  readonly ring: Pick<Ring, 'kept' | 'bytes'>;
  readonly replay: Replayer;
  /** Between two rounds over everything; ten minutes unless said. */
  readonly intervalMs?: number;
  /** Of one core; 0.1 unless said. */
  readonly share?: number;
  readonly metrics: MetricsRegistry;
  readonly log: Logger;
}

/** Asks policies about what exists already, in the background, on every replica. */
export interface Audit {
  /** Replays and audits what is new or changed at once, and everything again and again, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Writes what is not written yet, once: for a replica that is about to end. */
  close(): Promise<void>;
  /** What `/audit` answers; `?policy=<namespace>/<name>` leaves one ConfigMap. */
  report(query: URLSearchParams): AuditReport;
}

const times = {
  /** Changes that come together, as after a start, are one round. */
  settleMs: 500,
  /** Until what could not be audited yet is tried again. */
  againMs: 5_000,
  replayMs: 60_000,
};

/** Puts the parts together: policies -> replays and rounds -> findings, first sights, metrics and report. */
export function createAudit(options: AuditOptions): Audit {
  const { client, namespace, replica, registry, ring, timer, intervalMs = 600_000, share = 0.1 } = options;
  const log = options.log.with({ part: 'audit' });
  const budget = createBudget({ share, timer });
  const ledger = createLedger({ client, namespace, replica, timer, log });
  const entries = createEntries();
  const replays = createReplays({ replay: options.replay, ledger, budget, deadlineMs: times.replayMs });
  let round: AuditReport['round'] = null;
  let wake = new AbortController();
  let hasNew = false;

  const follow = (): void => {
    hasNew = entries.follow(registry.policies) || hasNew;
    replays.retain(registry.policies);
    if (hasNew) wake.abort();
  };
  registry.onChange(follow);
  follow();

  const dueAt = (now: number): ReadonlyMap<string, Entry> =>
    new Map([...entries.all].filter(([, { isDue, notBefore }]) => isDue && notBefore <= now));

  /** What the round found goes into the entries, unless the policy is another by now. */
  const settle = (asked: ReadonlyMap<string, Entry>, found: Round): void => {
    const now = timer.now();
    for (const [key, entry] of asked) {
      if (entries.all.get(key) !== entry) continue;
      entry.waiting = found.postponed.get(key);
      if (entry.waiting !== undefined) {
        Object.assign(entry, { isDue: true, notBefore: now + times.againMs });
        continue;
      }
      entry.findings = found.findings.get(key) ?? entry.findings;
    }
  };

  /** First sights of what this round found, and the end of those of what it did not find any more. */
  const remember = (
    asked: ReadonlyMap<string, Entry>,
    { findings }: Round,
    storedBefore: ReadonlySet<string>,
  ): void => {
    const kept = [...entries.all.values()].flatMap((entry) => entry.findings?.kept ?? []);
    const held = new Set(kept.map(({ firstSeenKey }) => firstSeenKey));
    const current = new Set([...entries.all.keys()].map(policyKey));
    const isWhole = (key: string): boolean =>
      entries.all.get(key) === asked.get(key) && findings.get(key)?.isWhole === true;
    const whole = new Set([...asked.keys()].filter(isWhole).map(policyKey));
    const isSettled = (key: string): boolean => whole.has(key) || (registry.isSettled && !current.has(key));
    ledger.hold(held, timer.now());
    ledger.forget(goneOf(storedBefore, held, isSettled));
  };

  const pass = async (asked: ReadonlyMap<string, Entry>, signal: AbortSignal, isUrgent: boolean): Promise<void> => {
    const isOfAll = asked.size === entries.all.size;
    const [startedAt, storedBefore] = [timer.now(), ledger.storedKeys()];
    hasNew = false;
    for (const entry of asked.values()) entry.isDue = false;
    await replays.run([...asked.values()], [...entries.all.values()]);
    const found = await auditRound(
      new Map([...asked].map(([key, { policy }]) => [key, policy])),
      { ...options, budget },
      {
        isCurrent: (key) => entries.all.get(key) === asked.get(key),
        between: async () => {
          if (hasNew && !isUrgent) await pass(dueAt(timer.now()), signal, true);
        },
      },
      signal,
    );
    if (signal.aborted) return;
    settle(asked, found);
    remember(asked, found, storedBefore);
    const durationMs = timer.now() - startedAt;
    if (isOfAll) {
      round = { lastRun: timeText(timer.now()), durationSeconds: durationMs / 1_000, objects: found.objects };
    }
    log.info('audit.done', {
      policies: asked.size,
      objects: found.objects,
      durationMs,
      postponed: found.postponed.size,
    });
  };

  /** A bug here must not end what admission lives on; what was asked for is tried again in the next round. */
  const noteBug = (error: unknown): void => {
    log.error('audit.failed', { error: error instanceof Error ? error : new Error(String(error)) });
  };

  /** Until the next round over everything, or until something is due or new. */
  const sleep = async (until: number, signal: AbortSignal): Promise<void> => {
    const next = [...entries.all.values()].filter(({ isDue }) => isDue).map(({ notBefore }) => notBefore);
    const waitMs = Math.min(until, ...next) - timer.now();
    if (waitMs > 0) await timer.wait(waitMs, AbortSignal.any([signal, wake.signal]));
    wake = new AbortController();
    await timer.wait(times.settleMs, signal);
  };

  const policyReports = (): readonly PolicyToReport[] =>
    [...entries.all.values()].map(({ policy, findings, waiting }) => ({
      policy: configMapOf(policy.name),
      title: policy.name.title,
      enforcement: [...new Set(policy.rules.map(({ enforcement }) => enforcement))],
      findings,
      waiting,
      replay: replays.of(configMapOf(policy.name)),
    }));

  registerAuditMetrics(options.metrics, () => ({
    policies: policyReports(),
    round,
    dropped: ledger.dropped,
    requests: ring.kept().length,
  }));

  return {
    run: async (signal) => {
      await ledger.sync();
      void ledger.run(signal);
      let allAt = timer.now() + intervalMs;
      await timer.wait(times.settleMs, signal);
      while (!signal.aborted) {
        const now = timer.now();
        if (now >= allAt) {
          for (const entry of entries.all.values()) entry.isDue = true;
        }
        const due = dueAt(now);
        if (due.size > 0 || now >= allAt) await pass(due, signal, false).catch(noteBug);
        if (now >= allAt) allAt = timer.now() + intervalMs;
        await sleep(allAt, signal);
      }
    },
    close: async () => {
      await ledger.sync();
    },
    report: (query) => {
      const wanted = query.get('policy');
      const kept = ring.kept();
      const oldest = kept.at(-1);
      return {
        generatedAt: timeText(timer.now()),
        replica,
        round,
        dropped: ledger.dropped,
        policies: policyReports()
          .filter(({ policy }) => wanted === null || policy === wanted)
          .map((each) => reportPolicy(each, (key) => ledger.firstSeen(key))),
        replay: {
          since: oldest === undefined ? null : timeText(oldest.at),
          requests: kept.length,
          bytes: ring.bytes,
        },
      };
    },
  };
}
