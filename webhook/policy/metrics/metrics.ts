import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Verdict } from '../answer/answer.ts';
import type { Registry as PolicyRegistry } from '../registry/registry.ts';

/** Metrics of policies. A label `policy` is `namespace/name` of a ConfigMap; series beyond the limit share one. */
export interface PolicyMetrics {
  observe(verdicts: readonly Verdict[]): void;
  /** Shows how many policies stand where. */
  register(policies: Pick<PolicyRegistry, 'statuses'>): void;
}

/** Whoever may write ConfigMaps adds series; beyond so many policies they are counted together, as `other`. */
const maxPolicies = 500;

/** Makes and registers them. */
export function createPolicyMetrics(registry: Registry): PolicyMetrics {
  const registers = [registry];
  const names = new Set<string>();
  const evaluations = new Counter({
    name: 'remora_policy_evaluations_total',
    help: 'Rules evaluated, by what came of it: passed, violated, or a reason code; without dry runs.',
    labelNames: ['policy', 'outcome'],
    registers,
  });
  const violations = new Counter({
    name: 'remora_policy_violations_total',
    help: 'Violations found, by what they do: deny, warn or dryrun; without dry runs.',
    labelNames: ['policy', 'enforcement'],
    registers,
  });
  const seconds = new Counter({
    name: 'remora_policy_evaluation_seconds_total',
    help: 'Time that rules took in their threads, without what waited; without dry runs.',
    labelNames: ['policy'],
    registers,
  });
  const labelOf = ({ policy: { namespace, name } }: Verdict): string => {
    const label = `${namespace}/${name}`;
    if (names.has(label)) return label;
    if (names.size >= maxPolicies) return 'other';
    names.add(label);
    return label;
  };
  return {
    observe: (verdicts) => {
      for (const verdict of verdicts) {
        const { evaluation, enforcement } = verdict;
        const policy = labelOf(verdict);
        seconds.inc({ policy }, (evaluation.tookMs ?? 0) / 1_000);
        if (evaluation.outcome === 'failed') {
          evaluations.inc({ policy, outcome: evaluation.code });
          continue;
        }
        const count = evaluation.violations.length;
        evaluations.inc({ policy, outcome: count === 0 ? 'passed' : 'violated' });
        if (count > 0) violations.inc({ policy, enforcement }, count);
      }
    },
    register: (policies) => {
      new Gauge({
        name: 'remora_policies',
        help: 'Policy ConfigMaps by state: loading, loaded, stale or failed.',
        labelNames: ['state'],
        registers,
        collect() {
          for (const state of ['loading', 'loaded', 'stale', 'failed'] as const) {
            this.set({ state }, policies.statuses.filter((status) => status.state === state).length);
          }
        },
      });
    },
  };
}
