import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { createPolicyMetrics } from '../../../../../webhook/policy/metrics/metrics.ts';
import type { PolicyMetrics } from '../../../../../webhook/policy/metrics/metrics.ts';
import type { PolicyStatus } from '../../../../../webhook/policy/registry/registry.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';

function verdict(name: string, evaluation: Evaluation, enforcement: Verdict['enforcement'] = 'deny'): Verdict {
  return { policy: { namespace: 'shop', name, title: 'title' }, enforcement, onFailure: 'allow', evaluation };
}

function found(count: number, tookMs?: number): Evaluation {
  const violations = Array.from({ length: count }, () => ({ message: 'm', details: {} }));
  return { outcome: 'evaluated', violations, ...(tookMs === undefined ? {} : { tookMs }) };
}

describe('policy/metrics', () => {
  let registry: Registry;
  let metrics: PolicyMetrics;

  /** Values by their labels, in the order of the labels. */
  const values = async (name: string): Promise<Readonly<Record<string, number>>> => {
    const metric = await registry.getSingleMetric(name)?.get();
    if (metric === undefined) throw new Error(`no ${name}`);
    return Object.fromEntries(metric.values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };

  beforeEach(() => {
    registry = new Registry();
    metrics = createPolicyMetrics(registry);
  });

  it('count for each policy what came of its rules: passed, violated, or why there is no answer', async () => {
    metrics.observe([
      verdict('a', found(0)),
      verdict('a', found(2)),
      verdict('b', { outcome: 'failed', code: 'PolicyTimeout', message: 'late' }),
    ]);
    metrics.observe([verdict('a', found(1), 'warn')]);
    expect(await values('remora_policy_evaluations_total')).to.deep.equal({
      'shop/a passed': 1,
      'shop/a violated': 2,
      'shop/b PolicyTimeout': 1,
    });
  });

  it('count violations by what they do, and none where there is none', async () => {
    metrics.observe([
      verdict('a', found(3)),
      verdict('a', found(2), 'warn'),
      verdict('a', found(1), 'dryrun'),
      verdict('b', found(0)),
    ]);
    expect(await values('remora_policy_violations_total')).to.deep.equal({
      'shop/a deny': 3,
      'shop/a warn': 2,
      'shop/a dryrun': 1,
    });
  });

  it('count in seconds how long rules took, where it was measured', async () => {
    metrics.observe([
      verdict('a', found(0, 250)),
      verdict('a', { outcome: 'failed', code: 'PolicyTimeout', message: 'late', tookMs: 500 }),
      verdict('b', found(0)),
    ]);
    expect(await values('remora_policy_evaluation_seconds_total')).to.deep.equal({ 'shop/a': 0.75, 'shop/b': 0 });
  });

  it('have a series for each of 500 policies, and one for all others: names are written by strangers', async () => {
    for (let at = 0; at < 510; at += 1) metrics.observe([verdict(`p${at}`, found(0))]);
    metrics.observe([verdict('p499', found(0)), verdict('p500', found(0))]);
    const counted = await values('remora_policy_evaluations_total');
    expect(Object.keys(counted)).to.have.length(501);
    expect(counted).to.include({ 'shop/p499 passed': 2, 'other passed': 11 });
  });

  it('show how many policies stand where, at the time of asking', async () => {
    let statuses: readonly PolicyStatus[] = [];
    metrics.register({
      get statuses() {
        return statuses;
      },
    });
    expect(await values('remora_policies')).to.deep.equal({ loading: 0, loaded: 0, stale: 0, failed: 0 });
    const states = ['loaded', 'loaded', 'loading', 'stale', 'failed'] as const;
    statuses = states.map((state, at) => ({ namespace: 'shop', name: `${at}`, state, problems: [] }));
    expect(await values('remora_policies')).to.deep.equal({ loading: 1, loaded: 2, stale: 1, failed: 1 });
    statuses = [];
    expect(await values('remora_policies')).to.deep.equal({ loading: 0, loaded: 0, stale: 0, failed: 0 });
  });
});
