import { expect } from 'chai';
import { Registry as MetricsRegistry } from 'prom-client';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { silentLogger } from '../../../../../runtime/log.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import { judge } from '../../../../../webhook/policy/admit/judge.ts';
import { createAudit } from '../../../../../webhook/policy/audit/audit.ts';
import type { Audit } from '../../../../../webhook/policy/audit/audit.ts';
import { withoutWaiting } from '../../../../../webhook/policy/audit/judge.ts';
import type { Judge } from '../../../../../webhook/policy/audit/judge.ts';
import type { ReportedPolicy } from '../../../../../webhook/policy/audit/report.ts';
import { createPool } from '../../../../../webhook/policy/evaluate/pool.ts';
import type { Pool } from '../../../../../webhook/policy/evaluate/pool.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import { createReplayer } from '../../../../../webhook/policy/replay/replay.ts';
import { createRing } from '../../../../../webhook/policy/replay/ring.ts';
import { replayWarning } from '../../../../../webhook/policy/replay/text.ts';
import { startApiServer } from '../../../kube/apiserver.ts';
import type { ApiServer } from '../../../kube/apiserver.ts';
import { clientOf, eventually } from '../../../kube/clients.ts';
import { compiled } from '../compiled.ts';
import { loadedPolicy } from '../loaded.ts';
import { creation, pod } from '../replay/requests.ts';

const rego = `package shop.owner
import rego.v1

deny contains msg if {
  not input.object.metadata.labels.owner
  msg := sprintf("%s %s/%s has no owner", [input.object.kind, input.namespace, input.object.metadata.name])
}
warn contains "has a password in its environment" if {
  some container in input.object.spec.containers
  some variable in container.env
  variable.name == "PASSWORD"
  variable.value == input.parameters.word
}
`;
const entrypoints = ['shop/owner/deny', 'shop/owner/warn'];

describe('policy/audit with Rego', function () {
  this.timeout(600_000);

  let api: ApiServer;
  let pool: Pool;
  let stop: AbortController;
  let asks: Judge;
  const policy: LoadedPolicy = loadedPolicy(
    { namespace: 'remora-system', name: 'owner' },
    {
      isForAll: true,
      match: { ...matchAll, kinds: [{ apiGroups: [''], kinds: ['Pod'] }] },
      parameters: '{"word":"planted"}',
      rules: [
        { module: 'm', entrypoint: 'shop/owner/deny', enforcement: 'dryrun' },
        { module: 'm', entrypoint: 'shop/owner/warn', enforcement: 'warn' },
      ],
    },
  );
  const planted = { containers: [{ name: 'c', image: 'i', env: [{ name: 'PASSWORD', value: 'planted' }] }] };

  before('a module', async () => {
    const module = await compiled(rego, ...entrypoints);
    pool = createPool({
      script: new URL('../../../../../webhook/policy/evaluate/worker.ts', import.meta.url),
      workers: 1,
      timeoutMs: 5_000,
      queueMs: 60_000,
      limits: { instanceBytes: 64 << 20, keptBytes: 16 << 20, resultBytes: 1 << 20 },
      timer: systemTimer,
      log: silentLogger,
    });
    pool.add('m', module);
    const shop = { name: 'shop', labels: {}, annotations: {} };
    const cluster = withoutWaiting({ namespace: (name) => (name === 'shop' ? shop : undefined) });
    const inventory = { dataOf: () => ({ outcome: 'unknown', message: 'none' }) as const };
    asks = (request, policies) => judge(request, policies, { pool, cluster, inventory, expansions: () => [] });
  });
  after(async () => {
    await pool.close();
  });
  beforeEach(async () => {
    api = await startApiServer();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await api.close();
  });

  it('finds what exists, and keeps when it was found in the ConfigMap', async () => {
    const path = '/api/v1/namespaces/remora-system/configmaps/remora-audit';
    api.put(path, { metadata: { namespace: 'remora-system', name: 'remora-audit' } });
    const put = (name: string, metadata: Record<string, unknown>): void => {
      const stored = { metadata: { namespace: 'shop', name, ...metadata }, spec: planted };
      api.put(`/api/v1/namespaces/shop/pods/${name}`, stored);
    };
    put('bare', {});
    put('owned', { labels: { owner: 'ann' } });
    const ring = createRing({ clock: systemTimer });
    const audit: Audit = createAudit({
      client: clientOf(api.url),
      namespace: 'remora-system',
      replica: 'web-1',
      registry: { policies: [policy], isSettled: true, onChange: () => () => undefined },
      kinds: { served: [{ group: '', version: 'v1', kind: 'Pod', plural: 'pods', isNamespaced: true }] },
      isReadable: () => true,
      namespaces: () => [{ name: 'shop', labels: { 'remora.dev/inject': 'enabled' }, annotations: {} }],
      excludedNamespaces: [],
      inventory: { dataOf: () => ({ outcome: 'unknown', message: 'none' }) },
      judge: asks,
      ring,
      replay: createReplayer({ ring, judge: asks, timer: systemTimer }),
      share: 1,
      metrics: new MetricsRegistry(),
      timer: systemTimer,
      log: silentLogger,
    });
    const reported = (): ReportedPolicy | undefined => audit.report(new URLSearchParams()).policies[0];
    void audit.run(stop.signal);
    await eventually(() => reported()?.objects === 2, 60_000);
    expect(reported()?.violations).to.deep.equal({ total: 3, deny: 0, warn: 2, dryrun: 1 });
    expect(reported()?.listed.map(({ name, enforcement, message }) => [name, enforcement, message])).to.deep.equal([
      ['bare', 'dryrun', 'Pod shop/bare has no owner'],
      ['bare', 'warn', 'has a password in its environment'],
      ['owned', 'warn', 'has a password in its environment'],
    ]);
    expect(reported()).to.deep.include({ isWhole: true, problems: [] });
  });

  it('replays requests, whose environment is not what it was', async () => {
    const ring = createRing({ clock: systemTimer });
    for (let at = 0; at < 20; at += 1)
      ring.add(creation(pod(`web-${at}`, planted, at < 17 ? { labels: { owner: 'ann' } } : {})));
    ring.add(creation({ kind: 'Service', metadata: { name: 's', namespace: 'shop' } }));
    const replay = createReplayer({ ring, judge: asks, timer: systemTimer });
    const found = await replay([policy], { deadlineMs: 60_000 });
    expect(found).to.deep.include({ requests: 20, wouldRefuse: 3, wouldWarn: 0, failed: 0, isWhole: true });
    expect(replayWarning(found, Date.now())).to.match(
      /^Of the last 20 requests since \d\d:\d\d:\d\dZ it would have refused 3: Pod shop\/web-19: Pod shop\/web-19 has no owner, and 2 more\. \[PolicyReplay\]$/,
    );
  });
});
