import { expect } from 'chai';
import { attemptUntil } from '../harness/attempts.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { recordedLabel, startRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';

const inject = 'remora.dev/inject';

describeOnCluster('chart asked', (suite) => {
  let recorder: Recorder;
  let shop = '';
  let other = '';

  before(async () => {
    recorder = await startRecorder(suite);
    const recorded = { [recordedLabel]: suite.namespace };
    // The recorder is ready a moment before its Service reaches it; until then the API server refuses what it must ask.
    shop = await attemptUntil('the recorder is reached', 20_000, async () =>
      suite.makeNamespace('shop', { labels: { ...recorded, [inject]: 'enabled' } }).catch((error: unknown) => {
        if (String(error).includes('failed calling webhook')) return undefined;
        throw error;
      }),
    );
    other = await suite.makeNamespace('other', { labels: recorded });
    await becomesKnown();
  });
  after(async () => recorder.close());

  /** API servers hear of configurations and labels by watching; a dry run shows when. */
  async function becomesKnown(): Promise<void> {
    const until = Date.now() + 20_000;
    let asked: readonly string[] = [];
    while (!asked.some((line) => line.startsWith('pods.prove')) && Date.now() < until) {
      await create(shop, {}, {}, '--dry-run=server').catch(() => undefined);
      asked = await recorder.take();
    }
    expect(asked).to.include('pods.prove CREATE');
  }

  let count = 0;
  async function create(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    annotations: Readonly<Record<string, string>>,
    ...words: readonly string[]
  ): Promise<string> {
    count += 1;
    const name = `pod-${count}`;
    const overrides = JSON.stringify({
      metadata: { labels, annotations },
      spec: { schedulingGates: [{ name: 'a.b/c' }] },
    });
    await kubectl(namespace, 'run', name, '--image=none.invalid/a:1', `--overrides=${overrides}`, ...words);
    return name;
  }

  async function kubectl(namespace: string, ...words: readonly string[]): Promise<void> {
    await suite.cluster.kubectl('--namespace', namespace, ...words);
  }

  async function patch(namespace: string, what: string, body: unknown, ...words: readonly string[]): Promise<void> {
    await kubectl(namespace, 'patch', what, '--type=merge', '-p', JSON.stringify(body), ...words);
  }

  /** What was asked about one action. */
  async function asks(action: () => Promise<unknown>): Promise<readonly string[]> {
    await recorder.take();
    await action();
    return recorder.take();
  }

  const sealed = { 'remora.dev/injected': '{}', 'remora.dev/seal': 'v1.a.b' };
  const nobody: readonly string[] = [];

  describe('about new pods', () => {
    it('of a labelled namespace: injects and proves', async () => {
      expect(await asks(() => create(shop, {}, {}))).to.deep.equal(['pods.inject CREATE', 'pods.prove CREATE']);
    });
    it('that opt out: proves only', async () => {
      expect(await asks(() => create(shop, { [inject]: 'disabled' }, {}))).to.deep.equal(['optout.pods.prove CREATE']);
    });
    it('that opt in elsewhere: injects and proves', async () => {
      const expected = ['optin.pods.inject CREATE', 'optin.pods.prove CREATE'];
      expect(await asks(() => create(other, { [inject]: 'enabled' }, {}))).to.deep.equal(expected);
    });
    it('of other namespaces: nobody', async () => {
      expect(await asks(() => create(other, {}, {}))).to.deep.equal(nobody);
    });
    it('that are mirrors of static pods: nobody', async () => {
      const mirror = { 'kubernetes.io/config.mirror': 'a' };
      expect(await asks(() => create(shop, {}, mirror, '--dry-run=server').catch(() => undefined))).to.deep.equal(
        nobody,
      );
    });
  });

  describe('about changes of an injected pod', () => {
    let pod = '';
    before(async () => {
      pod = await create(shop, {}, sealed);
    });

    const changes: readonly (readonly [string, unknown, readonly string[], readonly string[]])[] = [
      ['of its seal', { metadata: { annotations: { 'remora.dev/seal': 'v1.a.c' } } }, [], ['pods.prove UPDATE']],
      ['that take its seal off', { metadata: { annotations: { 'remora.dev/seal': null } } }, [], ['pods.prove UPDATE']],
      ['of a setting', { metadata: { annotations: { 'remora.dev/telemetry': 'off' } } }, [], ['pods.prove UPDATE']],
      ['of its opt-in label', { metadata: { labels: { [inject]: 'disabled' } } }, [], ['pods.prove UPDATE']],
      ['of another label', { metadata: { labels: { a: 'b' } } }, [], nobody],
      ['of another annotation', { metadata: { annotations: { a: 'b' } } }, [], nobody],
      ['of its finalizers', { metadata: { finalizers: ['a.b/c'] } }, [], nobody],
      ['that let it be deleted', { metadata: { finalizers: null } }, [], nobody],
      ['of its status', { status: { message: 'a' } }, ['--subresource=status'], nobody],
    ];
    for (const [name, body, words, expected] of changes) {
      it(`${name}: ${expected.join(', ') || 'nobody'}`, async () => {
        expect(await asks(() => patch(shop, `pod/${pod}`, body, ...words))).to.deep.equal(expected);
      });
    }

    it('of its image: proves', async () => {
      const set = ['set', 'image', `pod/${pod}`, `${pod}=none.invalid/a:2`];
      expect(await asks(() => kubectl(shop, ...set))).to.deep.equal(['pods.prove UPDATE']);
    });

    it('by an ephemeral container: proves', async () => {
      const debugged = await create(shop, {}, sealed);
      const debug = (): Promise<void> =>
        kubectl(shop, 'debug', debugged, '--image=none.invalid/b:1', '--profile=general', '--container=debugger');
      expect(await asks(debug)).to.deep.equal(['pods.prove UPDATE']);
    });

    it('by its deletion: nobody', async () => {
      expect(await asks(() => kubectl(shop, 'delete', 'pod', pod, '--wait=false'))).to.deep.equal(nobody);
    });
  });

  describe('about workloads', () => {
    const deployment = 'deployment/web';
    const template = (metadata: unknown): unknown => ({ spec: { template: { metadata } } });
    before(async () => {
      for (const namespace of [shop, other]) {
        await kubectl(namespace, 'create', 'deployment', 'web', '--image=none.invalid/a:1', '--replicas=0');
      }
    });

    it('of a labelled namespace: previews new ones', async () => {
      const create = ['create', 'cronjob', 'tick', '--image=none.invalid/a:1', '--schedule=0 0 1 1 *'];
      expect(await asks(() => kubectl(shop, ...create))).to.deep.equal(['workloads.preview CREATE']);
    });
    it('of a labelled namespace: previews changes of the template, such as a restart', async () => {
      expect(await asks(() => kubectl(shop, 'rollout', 'restart', deployment))).to.include('workloads.preview UPDATE');
    });
    it('of a labelled namespace: not when they are scaled, suspended or annotated by others', async () => {
      expect(await asks(() => patch(shop, deployment, { metadata: { annotations: { a: 'b' } } }))).to.deep.equal(
        nobody,
      );
      expect(await asks(() => patch(shop, 'cronjob/tick', { spec: { suspend: true } }))).to.deep.equal(nobody);
      expect(await asks(() => kubectl(shop, 'scale', deployment, '--replicas=0'))).to.deep.equal(nobody);
    });
    it('elsewhere: not unless they name Remora', async () => {
      expect(await asks(() => kubectl(other, 'rollout', 'restart', deployment))).to.deep.equal(nobody);
      const optedIn = template({ labels: { [inject]: 'enabled' } });
      expect(await asks(() => patch(other, deployment, optedIn))).to.deep.equal(['workloads.settings UPDATE']);
    });
    it('elsewhere: not when they name Remora no more', async () => {
      const optedOut = template({ labels: { [inject]: null } });
      expect(await asks(() => patch(other, deployment, optedOut))).to.deep.equal(nobody);
    });
    it('anywhere: not when they are deleted', async () => {
      expect(await asks(() => kubectl(shop, 'delete', deployment, '--wait=false'))).to.deep.equal(nobody);
    });
  });

  describe('about ConfigMaps', () => {
    it('with settings: when they are labelled and when they change, and never otherwise', async () => {
      const name = 'configmap/settings';
      const label = { metadata: { labels: { 'remora.dev/settings': 'true' } } };
      const create = ['create', 'configmap', 'settings', '--from-literal=settings.yaml=[]'];
      expect(await asks(() => kubectl(other, ...create))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, label))).to.deep.equal(['configmaps.settings UPDATE']);
      expect(await asks(() => patch(other, name, { metadata: { annotations: { a: 'b' } } }))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, { metadata: { finalizers: ['a.b/c'] } }))).to.deep.equal(nobody);
      const changed = { data: { 'settings.yaml': '[ ]' } };
      expect(await asks(() => patch(other, name, changed))).to.deep.equal(['configmaps.settings UPDATE']);
      expect(await asks(() => kubectl(other, 'delete', name, '--wait=false'))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, { metadata: { finalizers: null } }))).to.deep.equal(nobody);
    });
  });

  describe('about policies', () => {
    it('when they are labelled and when what they say changes, in any namespace, and never otherwise', async () => {
      const name = 'configmap/policy';
      const label = { metadata: { labels: { 'remora.dev/policy': 'true' } } };
      const create = ['create', 'configmap', 'policy', '--from-literal=a.rego=package a'];
      const asked = ['configmaps.policies UPDATE'];
      expect(await asks(() => kubectl(other, ...create))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, label))).to.deep.equal(asked);
      expect(await asks(() => patch(other, name, { metadata: { labels: { a: 'b' } } }))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, { metadata: { finalizers: ['a.b/c'] } }))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, { data: { 'a.rego': 'package b' } }))).to.deep.equal(asked);
      const annotation = { metadata: { annotations: { 'remora.dev/policy-enforcement': 'warn' } } };
      expect(await asks(() => patch(other, name, annotation))).to.deep.equal(asked);
      expect(await asks(() => kubectl(other, 'delete', name, '--wait=false'))).to.deep.equal(nobody);
      expect(await asks(() => patch(other, name, { metadata: { finalizers: null } }))).to.deep.equal(nobody);
    });
    it('for a policy nothing else is asked as the chart has it: rules come with policies', async () => {
      const service = ['create', 'service', 'clusterip', 'plain', '--tcp=80'];
      expect(await asks(() => kubectl(shop, ...service))).to.deep.equal(nobody);
    });
  });

  describe('about namespaces', () => {
    it('when labels or annotations of Remora change, and never otherwise', async () => {
      const change = (metadata: unknown): Promise<readonly string[]> =>
        asks(() => patch(other, `namespace/${other}`, { metadata }));
      const asked = ['namespaces.settings UPDATE'];
      expect(await change({ labels: { a: 'b' } })).to.deep.equal(nobody);
      expect(await change({ annotations: { 'remora.dev/telemetry': 'off' } })).to.deep.equal(asked);
      expect(await change({ annotations: { 'remora.dev/telemetry': null } })).to.deep.equal(nobody);
      expect(await change({ labels: { [inject]: 'enabled' } })).to.deep.equal(asked);
      // The way out is answered with what is left to do; it is Ignore, so nobody needs to be there.
      expect(await change({ labels: { [inject]: null } })).to.deep.equal(asked);
    });
    it('not when they are deleted', async () => {
      const gone = await suite.makeNamespace('gone', {
        labels: { [recordedLabel]: suite.namespace, [inject]: 'enabled' },
      });
      expect(await asks(() => kubectl(gone, 'delete', 'namespace', gone, '--wait=false'))).to.deep.equal(nobody);
    });
  });
});
