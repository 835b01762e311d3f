import { expect } from 'chai';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { portForward } from '../harness/forward.ts';
import { isReady, type RunningPod } from '../harness/pods.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { scaleWebhook, takeWebhookDown } from '../harness/replicas.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { resources } from '../../../kube/resources.ts';
import type { AuditReport, ReportedPolicy } from '../../../webhook/policy/audit/report.ts';
import { pod, policy } from './objects.ts';

const enabled = { 'remora.dev/inject': 'enabled' };
const foundMs = 60_000;

const rego = (what: string): string => `package shop.owner

deny contains msg if {
  not input.object.metadata.labels.owner
  msg := sprintf("%s has no owner; ${what}", [input.object.metadata.name])
}
`;

describeOnCluster('policies afterwards', (suite) => {
  let shop: string;
  const dryrun = { 'remora.dev/policy-enforcement': 'dryrun' };

  const apply = async (...objects: readonly unknown[]): Promise<string> =>
    await applyObjects(suite.cluster, shop, objects);

  async function replicas(): Promise<readonly string[]> {
    const pods = await suite.cluster.client.list<RunningPod>(resources.pods, {
      namespace: remora.namespace,
      labelSelector: 'app.kubernetes.io/name=remora-webhook',
    });
    if (pods.outcome === 'failed') throw new Error(pods.message);
    return pods.value.items.filter(isReady).map(({ metadata }) => metadata.name ?? '');
  }

  /** What a replica says of a policy; undefined while it has not looked. */
  async function audited(replica: string, name: string): Promise<ReportedPolicy | undefined> {
    const forward = await portForward(suite.cluster, remora.namespace, `pod/${replica}`, 9091);
    try {
      const answer = await fetch(`http://127.0.0.1:${forward.localPort}/audit?policy=${shop}/${name}`);
      const { policies } = (await answer.json()) as AuditReport;
      return policies[0];
    } finally {
      forward.close();
    }
  }
  const namesOf = (found: ReportedPolicy | undefined): readonly string[] => found?.listed.map(({ name }) => name) ?? [];

  before(async function () {
    this.timeout(0);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    shop = await suite.makeNamespace('shop', { labels: enabled });
    await apply(pod('old-bare'), pod('old-owned', undefined, { owner: 'ann' }));
  });

  it('are told on every replica of what was there before them, and of nothing else', async () => {
    await apply(policy('owner', rego('name one')));
    for (const replica of await replicas()) {
      const found = await attemptUntil(`${replica} has audited`, foundMs, async () => {
        const one = await audited(replica, 'owner');
        return one !== undefined && one.lastRun !== null ? one : undefined;
      });
      expect(namesOf(found)).to.deep.equal(['old-bare']);
      expect(found.listed[0]).to.include({ kind: 'Pod', message: 'old-bare has no owner; name one' });
    }
  });

  it('remember when a violation was seen first, over a restart of the replicas', async () => {
    const [replica = ''] = await replicas();
    const before = (await audited(replica, 'owner'))?.listed[0]?.firstSeen;
    // All at once: one that starts while another still ends tells the same a minute later, when it has read again.
    await takeWebhookDown(suite);
    await scaleWebhook(suite, 2);
    const [next = ''] = await replicas();
    expect(next).to.not.equal(replica);
    const found = await attemptUntil(`${next} has audited`, foundMs, async () => {
      const one = await audited(next, 'owner');
      return one !== undefined && one.lastRun !== null ? one : undefined;
    });
    expect(namesOf(found)).to.deep.equal(['old-bare']);
    // Of what the replicas saw the earliest counts, and they had not told each other yet.
    expect(Date.parse(found.listed[0]?.firstSeen ?? '')).to.be.at.most(Date.parse(before ?? ''));
  });

  it('forget an object that is mended, and a policy that is gone', async () => {
    await suite.cluster.kubectl('--namespace', shop, 'label', 'pod', 'old-bare', 'owner=ann');
    // A changed policy is asked at once, and everything every ten minutes.
    await apply(policy('owner', rego('please')));
    const [replica = ''] = await replicas();
    await attemptUntil('nothing is found', foundMs, async () => {
      const one = await audited(replica, 'owner');
      return one !== undefined && one.lastRun !== null && namesOf(one).length === 0 ? true : undefined;
    });
    await suite.cluster.kubectl('--namespace', shop, 'delete', 'configmap', 'owner');
    await attemptUntil('the policy is gone', foundMs, async () =>
      (await audited(replica, 'owner')) === undefined ? true : undefined,
    );
  });

  it('say, when they are applied, what they would have refused lately, and refuse nothing while they only count', async () => {
    // Each replica remembers the requests that it answered: with enough of them both have some.
    for (let at = 0; at < 6; at += 1) await apply(pod(`lately-${at}`));
    const object = policy('lately', rego('now'), { annotations: dryrun });
    const printed = await applyObjects(suite.cluster, shop, [object], '--dry-run=server');
    expect(printed).to.match(/Warning: Of the last \d+ requests since .* it would have refused \d+: Pod .*lately-/);
    expect(printed).to.contain('[PolicyReplay]');
    await apply(object);
    expect(await apply(pod('after'))).to.not.contain('has no owner');
  });
});
