import { expect } from 'chai';
import { Registry } from 'prom-client';
import { createPullMetrics } from '../../../../control/pulls/metrics.ts';
import { runPulls } from '../../../../control/pulls/pulls.ts';
import type { EventNote } from '../../../../kube/events.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';

const image = 'none.invalid/remora-telemetry:1';

describe('Stuck pulls, while they are watched', () => {
  let api: ApiServer;
  let stop: AbortController;
  let running: Promise<void>;
  let events: EventNote[];
  let registry: Registry;

  /** Writes a pod as its kubelet reports it. */
  const report = (name: string, phase: string, message: string, attempt = 1): void => {
    api.put(`/api/v1/namespaces/shop/pods/${name}`, {
      metadata: { namespace: 'shop', name, uid: `uid-of-${name}`, annotations: { 'remora.dev/injected': '{}' } },
      spec: { nodeName: 'node1', volumes: [{ name: 'remora-telemetry', image: { reference: image } }] },
      status: {
        phase,
        attempt,
        containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull', message } } }],
      },
    });
  };
  const waiting = async (): Promise<number | undefined> =>
    (await registry.getSingleMetric('remora_injected_pods_waiting')?.get())?.values[0]?.value;

  beforeEach(async () => {
    api = await startApiServer();
    events = [];
    registry = new Registry();
    stop = new AbortController();
    const client = clientOf(api.url);
    const metrics = createPullMetrics(registry);
    const options = { client, metrics, timer: systemTimer, random: () => 0.1, log: silentLogger };
    running = runPulls({ ...options, events: { record: (note) => void events.push(note) } }, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('are told on the pod, once for all attempts, with what helps', async () => {
    await eventually(() => api.openWatches === 1);
    report('own', 'Pending', 'failed to pull "quay.io/shop/web:1"');
    report('web', 'Pending', `failed to pull "${image}"`);
    report('web', 'Pending', `Back-off pulling image "${image}"`, 2);
    report('last', 'Pending', `failed to pull "${image}"`);
    await eventually(() => events.length > 1);
    expect(events.map(({ regarding }) => regarding.name)).to.deep.equal(['web', 'last']);
    const [event] = events;
    expect(event).to.deep.include({ type: 'Warning', reason: 'InjectedImageUnavailable' });
    expect(event?.regarding).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      uid: 'uid-of-web',
    });
    expect(event?.note).to.contain(image).and.contain('node1').and.contain('remora.dev/inject=disabled');
    expect(await waiting()).to.equal(2);
  });

  it('are over when the pod starts or goes', async () => {
    await eventually(() => api.openWatches === 1);
    report('web', 'Pending', `failed to pull "${image}"`);
    report('job', 'Pending', `failed to pull "${image}"`);
    await eventually(() => events.length === 2);
    report('web', 'Running', '');
    api.remove('/api/v1/namespaces/shop/pods/job');
    report('again', 'Pending', `failed to pull "${image}"`);
    await eventually(() => events.length === 3);
    expect(await waiting()).to.equal(1);
  });
});
