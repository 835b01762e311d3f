import { expect } from 'chai';
import type { KubeObject } from '../../../kube/types.ts';
import { resources } from '../../../kube/resources.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { applyObjects } from '../harness/apply.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { plainDeployment, plainPod, refusal } from './objects.ts';

const enabled = { 'remora.dev/inject': 'enabled' };

interface Injected {
  readonly features: Readonly<Record<string, unknown>>;
  readonly skipped: readonly { readonly code: string; readonly part?: string }[];
  readonly settings: Readonly<Record<string, string>>;
}

describeOnCluster('admission', (suite) => {
  const image = 'docker.io/library/app:1';
  let shop: string;

  const apply = (...objects: readonly unknown[]): Promise<string> => applyObjects(suite.cluster, shop, objects);
  const injectedIn = async (namespace: string, name: string): Promise<Injected | undefined> => {
    const pod = await suite.cluster.client.get<KubeObject>(resources.pods, { namespace, name });
    if (pod.outcome === 'failed') throw new Error(pod.message);
    const annotation = pod.value.metadata.annotations?.['remora.dev/injected'];
    return annotation === undefined ? undefined : (JSON.parse(annotation) as Injected);
  };

  before('Remora, and a labelled namespace', async () => {
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    shop = await suite.makeNamespace('shop', { labels: enabled });
  });

  it('previews the injection when a workload is applied', async () => {
    const printed = await apply(plainDeployment('preview', image));
    expect(printed)
      .to.match(/Warning: .*telemetry/)
      .and.to.contain('ImageConfigurationUnknown');
    expect(await applyObjects(suite.cluster, suite.namespace, [plainDeployment('quiet', image)])).to.not.contain(
      'Warning',
    );
  });

  it('refuses a Deployment with all its mistakes at once, each with the nearest spelling', async () => {
    const annotations = {
      'remora.dev/telemetri': 'auto',
      'remora.dev/telemetry': 'nod,java',
      'remora.dev/telemetry-containers': 'web!',
    };
    const message = await refusal(apply(plainDeployment('wrong', image, annotations)));
    expect(message).to.contain('UnknownSetting').and.contain('Did you mean "remora.dev/telemetry"?');
    expect(message).to.contain('InvalidSetting').and.contain('"node');
    expect(message).to.contain('telemetry-containers');
  });

  it('never stands in the way of an old mistake: it is scaled and deleted, and only a changed template is refused', async () => {
    const later = await suite.makeNamespace('later');
    // Nobody refuses it while the namespace is not labelled.
    await applyObjects(suite.cluster, later, [plainDeployment('old', image, { 'remora.dev/telemetry': 'nod' })]);
    await suite.cluster.kubectl('label', 'namespace', later, 'remora.dev/inject=enabled');
    const patch = (body: object): Promise<string> =>
      suite.cluster.kubectl('-n', later, 'patch', 'deployment', 'old', '--type=merge', '-p', JSON.stringify(body));
    let count = 0;
    const message = await attemptUntil('a changed template is refused', 20_000, async () => {
      count += 1;
      const template = { metadata: { annotations: { 'example.com/count': String(count) } } };
      return await patch({ spec: { template } }).then(() => undefined, String);
    });
    expect(message).to.contain('InvalidSetting').and.contain('Did you mean "node"?');
    expect(await patch({ metadata: { labels: { a: 'b' } } })).to.contain('patched');
    expect(await suite.cluster.kubectl('-n', later, 'scale', 'deployment/old', '--replicas=1')).to.contain('scaled');
    expect(await suite.cluster.kubectl('-n', later, 'delete', 'deployment', 'old')).to.contain('deleted');
  });

  it('refuses a bare pod with a wrong annotation', async () => {
    const message = await refusal(apply(plainPod('wrong', image, { annotations: { 'remora.dev/telemetry': 'of' } })));
    expect(message).to.contain('InvalidSetting').and.contain('Did you mean "off"?');
  });

  it('injects any pod, whatever owns it, and says so on the pod', async () => {
    await apply(plainPod('bare', image));
    const injected = await injectedIn(shop, 'bare');
    expect(injected?.features).to.have.property('telemetry');
    expect(injected?.settings).to.have.property('telemetry');
    expect(injected?.skipped.map(({ code }) => code)).to.include('ImageConfigurationUnknown');
  });

  it('replaces a forged annotation by what it did itself', async () => {
    const forged = { 'remora.dev/injected': '{"version":"9","features":{}}', 'remora.dev/seal': 'v1.k.AAAA' };
    await apply(plainPod('forged', image, { annotations: forged }));
    expect((await injectedIn(shop, 'forged'))?.features).to.have.property('telemetry');
  });

  it('injects nothing into a pod that opts out, and one that opts in elsewhere', async () => {
    await apply(plainPod('out', image, { labels: { 'remora.dev/inject': 'disabled' } }));
    expect(await injectedIn(shop, 'out')).to.equal(undefined);
    await applyObjects(suite.cluster, suite.namespace, [
      plainPod('in', image, { labels: enabled }),
      plainPod('plain', image),
    ]);
    expect((await injectedIn(suite.namespace, 'in'))?.features).to.have.property('telemetry');
    expect(await injectedIn(suite.namespace, 'plain')).to.equal(undefined);
  });

  it('refuses to edit what was injected, and lets everything else be edited', async () => {
    const patch = (body: object): Promise<string> =>
      suite.cluster.kubectl('-n', shop, 'patch', 'pod', 'bare', '--type=merge', '-p', JSON.stringify(body));
    const edited = await refusal(patch({ metadata: { annotations: { 'remora.dev/injected': '{}' } } }));
    expect(edited).to.contain('remora.dev/injected');
    expect(await patch({ metadata: { labels: { team: 'a' }, finalizers: ['test.remora.dev/x'] } })).to.contain(
      'patched',
    );
    expect(await patch({ metadata: { finalizers: null } })).to.contain('patched');
  });

  it('says what it left out in an event, once, and nothing for a dry run', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'options' },
      stringData: { NODE_OPTIONS: '--trace-gc' },
    };
    const envFrom = [{ secretRef: { name: 'options' } }];
    await apply(secret);
    const dry = await suite.makeNamespace('dry', { labels: enabled });
    await suite.cluster.kubectl(
      '-n',
      dry,
      'run',
      'dry',
      `--image=${image}`,
      '--dry-run=server',
      `--overrides=${JSON.stringify({ spec: { containers: [{ name: 'dry', image, envFrom }] } })}`,
    );
    await apply(plainPod('secretive', image, { container: { envFrom } }));
    const event = await suite.watchUntil<KubeObject & { readonly reason?: string; readonly note?: string }, string>({
      type: resources.events,
      namespace: shop,
      what: 'an event that names EnvironmentFromSecret',
      deadlineMs: 20_000,
      until: (events) => events.find(({ note = '' }) => note.includes('EnvironmentFromSecret'))?.note,
    });
    expect(event).to.not.contain('trace-gc');
    expect(await suite.cluster.kubectl('-n', dry, 'get', 'events', '-o', 'name')).to.equal('');
  });

  it('refuses a pod that was not injected, when the mutating webhook did not see it', async () => {
    const entries = await suite.cluster.kubectl('get', 'mutatingwebhookconfiguration', 'zz-remora', '-o', 'json');
    const { webhooks } = JSON.parse(entries) as { readonly webhooks: readonly { readonly name: string }[] };
    const away = webhooks.map((_, index) => ({
      op: 'add',
      path: `/webhooks/${index}/objectSelector`,
      value: { matchLabels: { never: 'true' } },
    }));
    const back = webhooks.map((webhook, index) => ({
      op: 'replace',
      path: `/webhooks/${index}/objectSelector`,
      value: 'objectSelector' in webhook ? webhook.objectSelector : {},
    }));
    const patch = (operations: object): Promise<string> =>
      suite.cluster.kubectl(
        'patch',
        'mutatingwebhookconfiguration',
        'zz-remora',
        '--type=json',
        '-p',
        JSON.stringify(operations),
      );
    await patch(away);
    try {
      // The API server hears of its own configurations by watching; until then pods are injected and admitted.
      let message = '';
      for (let attempt = 0; attempt < 100 && message === ''; attempt += 1) {
        message = await apply(plainPod(`naked-${attempt}`, image)).then(() => '', String);
      }
      expect(message).to.match(/NotInjected|remora\.dev\/injected/);
    } finally {
      await patch(back);
    }
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (
        await apply(plainPod('clothed', image)).then(
          () => true,
          () => false,
        )
      )
        break;
    }
    expect((await injectedIn(shop, 'clothed'))?.features).to.have.property('telemetry');
  });
});
