import { expect } from 'chai';
import { sharedRemora } from '../harness/remora.ts';
import { applyObjects } from '../harness/apply.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { boutiquePods, hardened } from '../../unit/webhook/support/boutique.ts';
import type { Pod } from '../../../webhook/plan/pod.ts';

/** A workload with one of the twelve templates. */
function deploymentOf(pod: Pod, name: string): unknown {
  const { generateName, ownerReferences, ...metadata } = pod.metadata;
  const labels = { ...metadata.labels, app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { ...metadata, labels }, spec: pod.spec } },
  };
}

describeOnCluster('online boutique', (suite) => {
  const pods = boutiquePods();
  const nameOf = (pod: Pod): string => pod.metadata.labels?.['app'] ?? '';

  const accounts = async (namespace: string): Promise<void> => {
    const names = new Set(pods.map((pod) => pod.spec.serviceAccountName).filter((name) => name !== undefined));
    await applyObjects(
      suite.cluster,
      namespace,
      [...names].map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })),
    );
  };
  /** Creates a pod by dry run, so that Pod Security decides on what Remora made of it; returns it as it would be stored. */
  const admitted = async (namespace: string, pod: Pod): Promise<Pod> => {
    const { ownerReferences, generateName, ...metadata } = pod.metadata;
    const object = { ...pod, metadata: { ...metadata, name: nameOf(pod), namespace } };
    const outcome = await suite.cluster.client.create<Pod>({ group: '', version: 'v1', plural: 'pods' }, object, {
      dryRun: true,
    });
    if (outcome.outcome === 'failed') throw new Error(`${nameOf(pod)}: ${outcome.message}`);
    return outcome.value;
  };

  before(async () => {
    await sharedRemora(suite.cluster);
  });

  for (const [level, prepare] of [
    ['baseline', (pod: Pod) => pod],
    ['restricted', hardened],
  ] as const) {
    it(`is admitted as it is and injected in a namespace that enforces ${level}: all twelve workloads and their pods`, async () => {
      const enforce = { [`pod-security.kubernetes.io/enforce`]: level };
      const plain = await suite.makeNamespace(`${level}-plain`, { labels: enforce });
      const labelled = await suite.makeNamespace(level, { labels: { ...enforce, 'remora.dev/inject': 'enabled' } });
      await Promise.all([accounts(plain), accounts(labelled)]);
      expect(pods).to.have.length(12);
      for (const pod of pods.map(prepare)) {
        const workload = deploymentOf(pod, nameOf(pod));
        const created = await suite.cluster.client.create(
          { group: 'apps', version: 'v1', plural: 'deployments' },
          { ...(workload as object), metadata: { name: nameOf(pod), namespace: labelled } },
          { dryRun: true },
        );
        expect(created.outcome, nameOf(pod)).to.equal('ok');
        expect((await admitted(plain, pod)).metadata.annotations ?? {}).to.not.have.property('remora.dev/injected');
        expect((await admitted(labelled, pod)).metadata.annotations).to.have.property('remora.dev/injected');
      }
    });
  }

  it('would have noticed a pod that Pod Security refuses', async () => {
    const restricted = await suite.makeNamespace('planted', {
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
    await accounts(restricted);
    const [first] = pods;
    if (first === undefined) throw new Error('no pods');
    const privileged = { ...first, spec: { ...first.spec, hostNetwork: true } };
    const message = await admitted(restricted, privileged).then(() => '', String);
    expect(message).to.contain('PodSecurity');
  });
});
