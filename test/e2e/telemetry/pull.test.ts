import { expect } from 'chai';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';

interface Event extends KubeObject {
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string };
}

interface Pod extends KubeObject {
  readonly status?: {
    readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
  };
}

describeOnCluster('an injected image that cannot be pulled', (suite) => {
  const missing = 'none.invalid/remora/remora-telemetry:0.0.0';
  const code = 'InjectedImageUnavailable';

  /** A pod as injection leaves it, in a namespace that nobody is asked about. */
  const pod = (name: string, image: string, volumes: readonly object[], volumeMounts: readonly object[]): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'remora.dev/injected': '{}', 'remora.dev/seal': 'v1.a.b' } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, volumeMounts }], volumes },
  });
  const said = async (name: string): Promise<readonly Event[]> => {
    const listed = await suite.cluster.client.list<Event>(resources.events, { namespace: suite.namespace });
    if (listed.outcome === 'failed') throw new Error(listed.message);
    return listed.value.items.filter(({ regarding }) => regarding?.name === name);
  };

  before(async () => {
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    await suite.cluster.load('pause');
    const image = await suite.cluster.image('pause');
    const volume = { name: 'remora-telemetry', image: { reference: missing, pullPolicy: 'IfNotPresent' } };
    const mount = { name: 'remora-telemetry', mountPath: '/remora/telemetry', readOnly: true };
    // The same wait for an image of the app's own is none of Remora's business.
    await suite.apply(pod('own', 'none.invalid/own:1', [], []), pod('web', image, [volume], [mount]));
  });

  it('is told on the pod: which image, that it is Remora’s, and the way out', async () => {
    const note = await suite.watchUntil<Event, string>({
      type: resources.events,
      what: `the event ${code} of web`,
      deadlineMs: 60_000,
      until: (events) => events.find(({ reason, regarding }) => reason === code && regarding?.name === 'web')?.note,
    });
    expect(note).to.contain(missing).and.contain('Remora').and.contain('remora.dev/inject=disabled');
    expect((await said('web')).filter(({ reason }) => reason === code)).to.have.length(1);
    expect(await suite.kubectl('describe', 'pod', 'web')).to.contain(code);
  });

  it('is not told of a pod that waits for its own', async () => {
    await suite.watchUntil<Pod, true>({
      type: resources.pods,
      fieldSelector: 'metadata.name=own',
      what: 'own waits for its image',
      deadlineMs: 60_000,
      until: ([found]) =>
        found?.status?.containerStatuses?.some(({ state }) => /ImagePull/.test(state?.waiting?.reason ?? ''))
          ? true
          : undefined,
    });
    expect((await said('own')).map(({ reason }) => reason)).to.not.include(code);
  });
});
