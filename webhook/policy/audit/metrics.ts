import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { AuditReport, PolicyToReport } from './report.ts';

/** What metrics are read off, at each scrape. */
export interface AuditState {
  readonly policies: readonly Pick<PolicyToReport, 'policy' | 'enforcement' | 'findings'>[];
  readonly round: AuditReport['round'];
  readonly dropped: number;
  /** Requests that are kept for replays. */
  readonly requests: number;
}

/** Whoever may write ConfigMaps adds series; beyond so many policies they are counted together, as `other`. */
const maxPolicies = 500;

/** Registers the metrics of audit and replay. */
export function registerAuditMetrics(registry: Registry, state: () => AuditState): void {
  const registers = [registry];
  new Gauge({
    name: 'remora_policy_audit_violations',
    help: 'Violations by objects that exist, by policy and what a violation does: deny, warn or dryrun.',
    labelNames: ['policy', 'enforcement'],
    registers,
    collect() {
      this.reset();
      const names = new Set<string>();
      for (const { policy, enforcement, findings } of state().policies) {
        if (findings === undefined) continue;
        const isNamed = names.has(policy) || names.size < maxPolicies;
        if (isNamed) names.add(policy);
        for (const each of enforcement) {
          this.inc({ policy: isNamed ? policy : 'other', enforcement: each }, findings.totals[each]);
        }
      }
    },
  });
  new Gauge({
    name: 'remora_policy_audit_objects',
    help: 'Objects that the last round over all policies looked at.',
    registers,
    collect() {
      this.set(state().round?.objects ?? 0);
    },
  });
  new Gauge({
    name: 'remora_policy_audit_duration_seconds',
    help: 'How long the last round over all policies took, its pauses included.',
    registers,
    collect() {
      this.set(state().round?.durationSeconds ?? 0);
    },
  });
  new Gauge({
    name: 'remora_policy_audit_last_run_timestamp_seconds',
    help: 'When the last round over all policies ended; 0 before the first.',
    registers,
    collect() {
      const { round } = state();
      this.set(round === null ? 0 : Date.parse(round.lastRun) / 1_000);
    },
  });
  new Counter({
    name: 'remora_policy_first_seen_dropped_total',
    help: 'First sights of violations that there was no room to keep over a restart.',
    registers,
    collect() {
      this.reset();
      this.inc(state().dropped);
    },
  });
  new Gauge({
    name: 'remora_policy_replay_requests',
    help: 'Admission requests that this replica keeps for replays.',
    registers,
    collect() {
      this.set(state().requests);
    },
  });
}
