import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { RunningPod } from '../harness/pods.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { applyObjects } from '../harness/apply.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { pod, policy } from './objects.ts';

const enabled = { 'remora.dev/inject': 'enabled' };
const count = 50;

/** A policy like no other, which refuses one label and needs a module of its own. */
function numbered(at: number): object {
  const rego = `package shop.numbered${at}

deny contains msg if {
  input.object.metadata.labels.number == "${at}"
  some container in input.object.spec.containers
  msg := sprintf("number ${at} is taken; %s waits", [container.name])
}
`;
  return policy(`numbered-${at}`, rego);
}

interface Settled {
  readonly policies: number;
  readonly uptimeMs: number;
}

describeOnCluster('policies over restarts', (suite) => {
  let shop: string;
  const webhook = 'app.kubernetes.io/name=remora-webhook';

  /** Ends every replica at once, and resolves with what the new ones said when all policies were loaded. */
  async function replaceReplicas(): Promise<readonly Settled[]> {
    const words = ['--namespace', remora.namespace];
    await suite.cluster.kubectl(...words, 'delete', 'pod', '--selector', webhook, '--grace-period=1');
    const pods = await suite.watchUntil<RunningPod, readonly RunningPod[]>({
      type: resources.pods,
      namespace: remora.namespace,
      labelSelector: webhook,
      what: 'both new replicas are ready',
      deadlineMs: 90_000,
      until: (all) => {
        const isReady = ({ status }: RunningPod): boolean =>
          status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
        return all.length === 2 && all.every((one) => isReady(one)) ? all : undefined;
      },
    });
    return await Promise.all(
      pods.map(async ({ metadata }) => {
        const log = await suite.cluster.kubectl(...words, 'logs', metadata.name ?? '');
        const line = log.split('\n').find((each) => each.includes('"policies.settled"'));
        return JSON.parse(line ?? '{}') as Settled;
      }),
    );
  }

  async function judges(at: number): Promise<void> {
    const objects = [pod('probe', 'none.invalid/app:1', { number: String(at) })];
    await attemptUntil(`policy ${at} is asked`, 20_000, async () => {
      const text = await applyObjects(suite.cluster, shop, objects, '--dry-run=server').then(() => '', String);
      return text.includes(`number ${at} is taken; main waits`) ? true : undefined;
    });
  }

  before('fifty policies', async function () {
    this.timeout(0);
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    shop = await suite.makeNamespace('shop', { labels: enabled });
    const all = Array.from({ length: count }, (_, at) => numbered(at));
    await applyObjects(suite.cluster, shop, all);
    await judges(count - 1);
  });

  after('nobody else is judged', async () => {
    await suite.cluster.kubectl('--namespace', shop, 'delete', 'configmap', '--selector', 'remora.dev/policy=true');
  });

  it('have all of them when the new replicas are ready, from stored modules', async () => {
    const settled = await replaceReplicas();
    for (const { policies, uptimeMs } of settled) {
      console.log(`      ${policies} policies, all loaded ${uptimeMs} ms after the process began`);
      expect(policies).to.equal(count);
    }
    await judges(0);
    await judges(count - 1);
  });

  it('compile them again where no module is stored, and store them', async () => {
    const words = ['--namespace', remora.namespace];
    const selector = ['--selector', 'remora.dev/policy-module=true'];
    await suite.cluster.kubectl(...words, 'delete', 'configmap', ...selector);
    const settled = await replaceReplicas();
    for (const { policies, uptimeMs } of settled) {
      console.log(`      ${policies} policies, compiled anew, all loaded ${uptimeMs} ms after the process began`);
      expect(policies).to.equal(count);
    }
    await judges(7);
    await attemptUntil('all modules are stored', 20_000, async () => {
      const names = await suite.cluster.kubectl(...words, 'get', 'configmap', ...selector, '--output', 'name');
      return names.trim().split('\n').length === count ? true : undefined;
    });
  });
});
