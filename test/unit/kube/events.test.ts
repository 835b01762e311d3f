import { expect } from 'chai';
import { Registry } from 'prom-client';
import { createEventRecorder } from '../../../kube/events.ts';
import type { EventNote, EventRecorder } from '../../../kube/events.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { refuse, startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { clientOf, eventually } from './clients.ts';

const base = '/apis/events.k8s.io/v1/namespaces/shop/events';

describe('Event recorder', () => {
  let api: ApiServer;
  let now: number;
  let stop: AbortController;
  let recorder: EventRecorder;
  let registry: Registry;
  let running: Promise<void>;

  beforeEach(async () => {
    api = await startApiServer();
    now = Date.UTC(2026, 0, 1);
    stop = new AbortController();
    registry = new Registry();
    const timer = { now: () => now, wait: () => Promise.resolve() };
    const client = clientOf(api.url);
    const names = { controller: 'remora.dev/webhook', instance: 'remora-webhook-0' };
    recorder = createEventRecorder({ client, ...names, timer, log: silentLogger, registry });
    running = recorder.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  const note = (changes: Partial<EventNote> = {}, name = 'web'): EventNote => ({
    regarding: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: 'shop', name },
    type: 'Warning',
    reason: 'NoCollector',
    action: 'Injecting',
    note: 'telemetry is left out',
    ...changes,
  });
  const events = () => [...api.objects].filter(([path]) => path.startsWith(base)).map(([, object]) => object);
  const dropped = async (): Promise<string> => await registry.getSingleMetricAsString('remora_events_dropped_total');

  it('writes what events.k8s.io/v1 asks for', async () => {
    recorder.record(note({ note: 'ü'.repeat(2_000) }));
    await eventually(() => events().length === 1);
    const [event] = events();
    expect(event).to.deep.include({
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'remora.dev/webhook',
      reportingInstance: 'remora-webhook-0',
      reason: 'NoCollector',
      action: 'Injecting',
      type: 'Warning',
    });
    expect(Buffer.byteLength(event!.note as string)).to.be.at.most(1_024);
    expect(event!.note).to.match(/^ü+…$/);
    expect(event!.metadata.name).to.match(/^web\.[0-9a-f]{16}$/);
  });

  it('makes equal events one event with a count', async () => {
    recorder.record(note());
    await eventually(() => events().length === 1);
    for (let i = 0; i < 50; i += 1) recorder.record(note());
    now += 20_000;
    recorder.record(note());
    await eventually(() => (events()[0]!.series as { count: number } | undefined)?.count === 52);
    expect(events()).to.have.length(1);
    expect(api.seen).to.have.length(2);
    now += 10 * 60_000;
    recorder.record(note());
    await eventually(() => events().length === 2);
  });

  it('makes an event that could not be written when it comes again, and one that was deleted', async () => {
    api.faults.push((_, response) => refuse(response, 403, 'Forbidden'));
    recorder.record(note());
    await eventually(() => api.seen.length === 1);
    api.faults.length = 0;
    const again = (): void => {
      now += 20_000;
      recorder.record(note());
    };
    again();
    await eventually(() => events().length === 1);
    api.remove(`${base}/${events()[0]!.metadata.name}`);
    again();
    await eventually(() => api.seen.length === 3);
    expect(events()).to.be.empty;
    again();
    await eventually(() => events().length === 1);
    expect(await dropped()).to.contain('{cause="refused"} 2');
  });

  it('lets one object have 25 different events at once, then one in five minutes', async () => {
    for (let i = 0; i < 40; i += 1) recorder.record(note({ note: `reason ${i}` }));
    await eventually(() => events().length === 25);
    expect(await dropped()).to.contain('{cause="rate"} 15');
    recorder.record(note({}, 'other'));
    await eventually(() => events().length === 26);
    now += 5 * 60_000;
    recorder.record(note({ note: 'later' }));
    recorder.record(note({ note: 'too many' }));
    await eventually(() => events().length === 27);
    expect(await dropped()).to.contain('{cause="rate"} 16');
  });

  it('never holds more than 1 000, never throws, and goes on after the API server was away', async () => {
    let held: (() => void) | undefined;
    api.faults.push(async (_, response) => {
      await new Promise<void>((resolve) => (held = resolve));
      return refuse(response, 503, 'ServiceUnavailable');
    });
    for (let i = 0; i < 1_500; i += 1) recorder.record(note({}, `web-${i}`));
    await eventually(() => held !== undefined);
    expect(await dropped()).to.match(/\{cause="queue"\} (499|500)/);
    api.faults.length = 0;
    held!();
    await eventually(() => events().length >= 999);
    expect(await dropped()).to.contain('{cause="refused"} 1');
  });
});
