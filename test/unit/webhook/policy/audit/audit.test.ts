import { expect } from 'chai';
import { Registry as MetricsRegistry } from 'prom-client';
import type { KubeClient, KubeList, KubeObject, KubeOutcome } from '../../../../../kube/types.ts';
import { silentLogger } from '../../../../../runtime/log.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import { createAudit } from '../../../../../webhook/policy/audit/audit.ts';
import type { Audit } from '../../../../../webhook/policy/audit/audit.ts';
import type { Judge } from '../../../../../webhook/policy/audit/judge.ts';
import type { AuditReport } from '../../../../../webhook/policy/audit/report.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { createReplayer } from '../../../../../webhook/policy/replay/replay.ts';
import { createRing } from '../../../../../webhook/policy/replay/ring.ts';
import type { Ring } from '../../../../../webhook/policy/replay/ring.ts';
import { OneObject } from '../../../kube/memory.ts';
import { SimulatedTime } from '../../../kube/simulation.ts';
import { loadedPolicy } from '../loaded.ts';
import { creation, pod } from '../replay/requests.ts';

const minute = 60_000;
const startedAt = Date.parse('2026-11-25T07:00:00Z');
const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true };

/** `minds` are names of pods that violate it. */
function policy(name: string, ...minds: readonly string[]): LoadedPolicy {
  return loadedPolicy(
    { namespace: 'remora-system', name },
    {
      isForAll: true,
      match: { ...matchAll, kinds: [{ apiGroups: [''], kinds: ['Pod'] }] },
      parameters: JSON.stringify(minds),
      rules: [{ module: 'm', entrypoint: 'p/deny', enforcement: 'deny' }],
    },
  );
}

/** Policies in force, as a test says. */
class Policies {
  policies: readonly LoadedPolicy[] = [];
  isSettled = true;
  #listeners = new Set<() => void>();
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  set(...policies: readonly LoadedPolicy[]): void {
    this.policies = policies;
    for (const listener of this.#listeners) listener();
  }
}

describe('policy/audit/audit', () => {
  let time: SimulatedTime;
  let registry: Policies;
  let configMap: OneObject;
  let metrics: MetricsRegistry;
  let ring: Ring;
  let stop: AbortController;
  /** Names of the pods of namespace `shop`. */
  let existing: readonly string[];
  let asked: string[];
  let eachMs: number;
  let isInventoryKnown: boolean;

  const judge: Judge = async (request: AdmissionRequest, policies) => {
    asked.push(`${policies.map(({ name }) => name.name).join()} ${request.name}`);
    await time.wait(eachMs);
    return policies.map((each): Verdict => {
      const minds = JSON.parse(each.parameters) as readonly string[];
      const violations = minds.includes(request.name ?? '') ? [{ message: 'minds it', details: {} }] : [];
      const evaluation = { outcome: 'evaluated', violations } as const;
      return { policy: each.name, enforcement: 'deny', onFailure: 'allow', evaluation };
    });
  };

  const start = (replica = 'web-1'): Audit => {
    metrics = new MetricsRegistry();
    ring = createRing({ clock: time });
    async function* pages(): AsyncGenerator<KubeOutcome<KubeList<KubeObject>>> {
      await Promise.resolve();
      const items = existing.map((name) => ({ metadata: { namespace: 'shop', name } }));
      yield { outcome: 'ok', value: { items, resourceVersion: '1' } };
    }
    const audit = createAudit({
      client: { ...configMap.client(), pages: pages as KubeClient['pages'] },
      namespace: 'remora-system',
      replica,
      registry,
      kinds: { served: [pods] },
      isReadable: () => true,
      namespaces: () => [{ name: 'shop', labels: { 'remora.dev/inject': 'enabled' }, annotations: {} }],
      excludedNamespaces: [],
      inventory: {
        dataOf: () =>
          isInventoryKnown
            ? { outcome: 'known', key: 'k', json: Buffer.from('{}') }
            : { outcome: 'unknown', message: 'not yet' },
      },
      judge,
      ring,
      replay: createReplayer({ ring, judge, timer: time }),
      metrics,
      timer: time,
      log: silentLogger,
    });
    void audit.run(stop.signal);
    return audit;
  };
  const report = (audit: Audit, query = ''): AuditReport => audit.report(new URLSearchParams(query));
  /** Names of the violating pods, by policy. */
  const found = (audit: Audit): Readonly<Record<string, readonly string[] | null>> =>
    Object.fromEntries(
      report(audit).policies.map(({ policy: name, objects, listed }) => [
        name.replace('remora-system/', ''),
        objects === null ? null : listed.map((violation) => violation.name),
      ]),
    );

  beforeEach(() => {
    time = new SimulatedTime(startedAt);
    registry = new Policies();
    configMap = new OneObject();
    configMap.stored = { metadata: { namespace: 'remora-system', name: 'remora-audit', resourceVersion: '0' } };
    stop = new AbortController();
    existing = ['x', 'y', 'z'];
    asked = [];
    eachMs = 0;
    isInventoryKnown = true;
  });
  afterEach(async () => {
    stop.abort();
    await time.advance(0);
  });

  it('audits what is there at the start, then what is new or changed, at once and alone', async () => {
    registry.set(policy('a', 'x'), policy('b', 'x', 'z'));
    const audit = start();
    expect(found(audit)).to.deep.equal({ a: null, b: null });
    await time.advance(2_000);
    expect(found(audit)).to.deep.equal({ a: ['x'], b: ['x', 'z'] });
    expect(asked).to.deep.equal(['a,b x', 'a,b y', 'a,b z']);
    asked = [];
    const [a] = registry.policies;
    registry.set(a!, policy('b', 'y'), policy('c'));
    expect(found(audit), 'what was found of another text says nothing').to.deep.equal({ a: ['x'], b: null, c: null });
    await time.advance(2_000);
    expect(found(audit)).to.deep.equal({ a: ['x'], b: ['y'], c: [] });
    expect(asked).to.deep.equal(['b,c x', 'b,c y', 'b,c z']);
  });

  it('does not audit again what was only read again', async () => {
    registry.set(policy('a', 'x'));
    const audit = start();
    await time.advance(2_000);
    asked = [];
    registry.set(policy('a', 'x'));
    await time.advance(2_000);
    expect([asked, found(audit)]).to.deep.equal([[], { a: ['x'] }]);
  });

  it('forgets a policy that is gone at once', async () => {
    registry.set(policy('a', 'x'));
    const audit = start();
    await time.advance(2_000);
    expect(await metrics.metrics()).to.contain(
      'remora_policy_audit_violations{policy="remora-system/a",enforcement="deny"} 1',
    );
    registry.set();
    expect(found(audit)).to.deep.equal({});
    expect(await metrics.metrics()).to.not.contain('remora-system/a');
  });

  it('audits everything every ten minutes, after which a deleted object is gone', async () => {
    registry.set(policy('a', 'x', 'y'));
    const audit = start();
    await time.advance(2_000);
    existing = ['y', 'z'];
    await time.advance(9 * minute);
    expect(found(audit)).to.deep.equal({ a: ['x', 'y'] });
    await time.advance(1 * minute);
    expect(found(audit)).to.deep.equal({ a: ['y'] });
    expect(report(audit).round).to.include({ objects: 2 });
  });

  it('keeps to a tenth of a core', async () => {
    eachMs = 30;
    registry.set(policy('a'));
    const audit = start();
    await time.advance(5_000);
    expect(report(audit).round).to.deep.include({ objects: 3, durationSeconds: 0.9 });
  });

  it('does not let a new policy wait for a long round', async () => {
    registry.set(policy('a'));
    const audit = start();
    await time.advance(2_000);
    [asked, eachMs] = [[], 10_000];
    await time.advance(10 * minute);
    expect(asked, 'the round has begun').to.deep.equal(['a x']);
    const [a] = registry.policies;
    eachMs = 0;
    registry.set(a!, policy('b', 'x'));
    await time.advance(5 * minute);
    expect(asked).to.deep.equal(['a x', 'b x', 'b y', 'b z', 'a y', 'a z']);
    expect(found(audit)).to.deep.equal({ a: [], b: ['x'] });
  });

  it('remembers when it saw each violation first, over a restart, and no longer than the violation stays', async () => {
    const firstSeen = (audit: Audit): readonly (string | undefined)[] =>
      report(audit).policies[0]?.listed.map((each) => each.firstSeen) ?? [];
    registry.set(policy('a', 'x', 'y'));
    existing = ['x'];
    const before = start();
    await time.advance(2 * minute);
    const [first] = firstSeen(before);
    expect(first).to.match(/^2026-11-25T07:00:0\d\.000Z$/);
    stop.abort();
    await time.advance(60 * minute);

    stop = new AbortController();
    existing = ['x', 'y'];
    const after = start('web-2');
    await time.advance(2 * minute);
    expect(firstSeen(after)).to.deep.equal([first, '2026-11-25T08:02:00.000Z']);

    existing = ['y'];
    await time.advance(12 * minute);
    existing = ['x', 'y'];
    await time.advance(12 * minute);
    expect(firstSeen(after)[0], 'it was gone for a whole round').to.match(/T08:2\d/);
    expect(firstSeen(after)[1]).to.equal('2026-11-25T08:02:00.000Z');
  });

  it('forgets no first sight before all policies are loaded', async () => {
    const a = policy('a', 'x');
    registry.set(a);
    start();
    await time.advance(2 * minute);
    stop.abort();
    await time.advance(minute);

    stop = new AbortController();
    registry.set();
    registry.isSettled = false;
    const slow = start('web-2');
    await time.advance(15 * minute);
    registry.set(a);
    registry.isSettled = true;
    await time.advance(2 * minute);
    expect(report(slow).policies[0]?.listed[0]?.firstSeen).to.match(/T07:00/);
  });

  it('writes when it ends what it has not written yet, so that a restart forgets nothing', async () => {
    registry.set(policy('a', 'x'));
    const first = start('web-1');
    await time.advance(2_000);
    const seen = report(first).policies[0]?.listed[0]?.firstSeen;
    expect(seen).to.match(/T07:00/);
    stop.abort();
    await first.close();

    stop = new AbortController();
    await time.advance(5_000);
    const second = start('web-2');
    await time.advance(2_000);
    expect(report(second).policies[0]?.listed[0]?.firstSeen).to.equal(seen);
  });

  it('waits for the inventory of a policy, and says so', async () => {
    isInventoryKnown = false;
    registry.set({ ...policy('a', 'x'), inventory: [{ group: '', version: 'v1', kind: 'Service' }] });
    const audit = start();
    await time.advance(2_000);
    expect(report(audit).policies[0]).to.deep.include({
      objects: null,
      isWhole: false,
      problems: [{ code: 'AuditInventory', message: 'not yet' }],
    });
    isInventoryKnown = true;
    await time.advance(10_000);
    expect(report(audit).policies[0]).to.deep.include({ objects: 3, isWhole: true, problems: [] });
  });

  it('replays a policy once when it is loaded, and shows what replicas found together', async () => {
    const one = start('web-1');
    ring.add(creation(pod('x')));
    ring.add(creation(pod('z')));
    await time.advance(1_000);
    registry.set(policy('a', 'x'));
    await time.advance(2 * minute);
    const [reported] = report(one).policies;
    expect(reported?.replay).to.deep.include({
      since: '2026-11-25T07:00:00.000Z',
      requests: 2,
      wouldRefuse: 1,
      isWhole: true,
      replicas: 1,
    });
    const other = start('web-2');
    ring.add(creation(pod('y')));
    await time.advance(2 * minute);
    expect(report(other).policies[0]?.replay).to.deep.include({ requests: 3, wouldRefuse: 1, replicas: 2 });
    expect(report(one).policies[0]?.replay).to.deep.include({ requests: 3, wouldRefuse: 1, replicas: 2 });
    registry.set(policy('a', 'y'));
    await time.advance(1_000);
    expect(report(one).policies[0]?.replay, 'another text').to.deep.include({
      requests: 2,
      wouldRefuse: 0,
      replicas: 1,
    });
  });

  it('answers /audit, whole or for one policy', async () => {
    registry.set(policy('a', 'x'), policy('b'));
    const audit = start();
    ring.add(creation(pod('x')));
    await time.advance(2_000);
    const { policies, ...rest } = report(audit, 'policy=remora-system/a');
    expect(rest).to.deep.equal({
      generatedAt: '2026-11-25T07:00:02.000Z',
      replica: 'web-1',
      round: { lastRun: '2026-11-25T07:00:00.500Z', durationSeconds: 0, objects: 3 },
      dropped: 0,
      replay: { since: '2026-11-25T07:00:00.000Z', requests: 1, bytes: ring.bytes },
    });
    expect(policies).to.deep.equal([
      {
        policy: 'remora-system/a',
        title: 'remora-system/a',
        enforcement: ['deny'],
        objects: 3,
        violations: { total: 1, deny: 1, warn: 0, dryrun: 0 },
        listed: [
          {
            kind: 'Pod',
            namespace: 'shop',
            name: 'x',
            owner: '',
            enforcement: 'deny',
            message: 'minds it',
            firstSeen: '2026-11-25T07:00:00.000Z',
          },
        ],
        more: '',
        lastRun: '2026-11-25T07:00:00.500Z',
        durationSeconds: 0,
        isWhole: true,
        problems: [],
        replay: {
          since: '2026-11-25T07:00:00.000Z',
          requests: 1,
          wouldRefuse: 1,
          wouldWarn: 0,
          failed: 0,
          examples: [{ operation: 'CREATE', kind: 'Pod', namespace: 'shop', name: 'x', message: 'minds it' }],
          isWhole: true,
          replicas: 1,
        },
      },
    ]);
    expect(report(audit, 'policy=shop/none').policies).to.deep.equal([]);
    expect(report(audit).policies).to.have.length(2);
  });

  it('says how many are not listed', async () => {
    existing = Array.from({ length: 600 }, (_, at) => `p${at}`);
    registry.set(policy('a', ...existing));
    const audit = start();
    await time.advance(2_000);
    const [reported] = report(audit).policies;
    expect([reported?.violations.total, reported?.listed.length, reported?.more]).to.deep.equal([
      600,
      500,
      'and 100 more',
    ]);
  });

  it('has its metrics', async () => {
    registry.set(policy('a', 'x', 'y'));
    start();
    ring.add(creation(pod('x')));
    const of = async (name: string): Promise<string | undefined> =>
      new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, 'm').exec(await metrics.metrics())?.[1];
    expect(await of('remora_policy_audit_last_run_timestamp_seconds')).to.equal('0');
    await time.advance(2_000);
    expect(await of('remora_policy_audit_violations')).to.equal('2');
    expect(await of('remora_policy_audit_objects')).to.equal('3');
    expect(await of('remora_policy_audit_duration_seconds')).to.equal('0');
    expect(await of('remora_policy_audit_last_run_timestamp_seconds')).to.equal(String(startedAt / 1_000 + 0.5));
    expect(await of('remora_policy_first_seen_dropped_total')).to.equal('0');
    expect(await of('remora_policy_replay_requests')).to.equal('1');
  });
});
