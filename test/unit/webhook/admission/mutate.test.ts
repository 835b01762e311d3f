import { expect } from 'chai';
import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import type { Timer } from '../../../../runtime/clock.ts';
import { readSettingsConfigMap } from '../../../../settings/document.ts';
import { sealKeys, world } from '../world.ts';
import type { Reviewed } from '../world.ts';
import { podCreation } from './samples.ts';

type Review = ReturnType<typeof podCreation>;

/** The review that follows when the API server has applied the patch. */
function patchedReview(review: Review, { patch }: Reviewed): Review {
  const operations = JSON.parse(Buffer.from(patch!, 'base64').toString()) as Operation[];
  const object = jsonPatch.applyPatch(structuredClone(review.request.object), operations, true).newDocument;
  return { ...review, request: { ...review.request, object } };
}

/** A timer whose waits a test ends, and which notes how long they were meant to be. */
function heldTimer() {
  const waits: { readonly ms: number; readonly end: () => void }[] = [];
  const timer: Timer = {
    now: () => 0,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        waits.push({ ms, end: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  return { timer, waits };
}

describe('a pod that is created in a labelled namespace', () => {
  it('is injected, and then proved', async () => {
    const w = world();
    w.label('shop');
    const review = podCreation();
    const mutated = await w.ask('mutate', review);
    expect(mutated.allowed).to.equal(true);
    const next = patchedReview(review, mutated);
    expect(await w.ask('validate', next)).to.deep.include({ allowed: true });
    expect((await w.ask('mutate', next)).patch, 'a second pass changes nothing').to.equal(undefined);
  });

  it('and comes bare to the proof is refused', async () => {
    const w = world();
    w.label('shop');
    const proved = await w.ask('validate', podCreation());
    expect(proved.allowed).to.equal(false);
    expect(proved.status?.message).to.include('[NotInjected]');
  });

  it('and opts out where that is locked is told so by the proof, which alone is asked about it', async () => {
    const w = world();
    w.label('shop', 'enabled', { 'remora.dev/lock': 'inject' });
    const { allowed, status } = await w.ask('validate', podCreation({ labels: { 'remora.dev/inject': 'disabled' } }));
    expect(allowed).to.equal(false);
    expect(status?.message).to.include('[SettingLocked]').and.not.include('NotInjected');
  });

  it('with a bad setting is refused with every problem', async () => {
    const w = world();
    w.label('shop');
    const annotations = { 'remora.dev/telemetry': 'nod', 'remora.dev/telemetri': 'node' };
    const { allowed, status } = await w.ask('mutate', podCreation({ annotations }));
    expect(allowed).to.equal(false);
    expect(status).to.include({ code: 422 });
    expect(status?.message).to.include('[InvalidSetting]').and.include('[UnknownSetting]');
  });

  it('while there is no seal key is refused for now', async () => {
    const w = world({ hasKeys: false });
    w.label('shop');
    const { status } = await w.ask('mutate', podCreation());
    expect(status).to.include({ code: 503 });
    expect(status?.message).to.include('[SealKeyMissing]');
    expect((await w.ask('validate', podCreation())).status).to.include({ code: 503 });
  });

  it('leaves event, metrics and a line of /why', async () => {
    const w = world();
    w.label('shop');
    await w.ask('mutate', podCreation());
    const [event] = w.events;
    expect(event).to.include({ reason: 'ImageConfigurationUnknown', type: 'Warning' });
    expect(event?.regarding).to.include({ kind: 'ReplicaSet', name: 'web-5d9c7bf6d4', namespace: 'shop' });
    expect(w.decisions.find({ namespace: 'shop', pod: 'web-5d9c7bf6d4-x2x4z' })).to.have.length(1);
    expect(w.decisions.find({ pod: 'other' })).to.have.length(0);
    expect(await w.registry.metrics()).to.include('remora_admission_skips_total{feature="telemetry"');
  });

  it('by a dry run leaves none of them, and gets the same answer', async () => {
    const w = world();
    w.label('shop');
    const { allowed, patch } = await w.ask('mutate', podCreation({ dryRun: true }));
    expect({ allowed, isPatched: patch !== undefined }).to.deep.equal({ allowed: true, isPatched: true });
    await w.ask('mutate', podCreation({ dryRun: true, annotations: { 'remora.dev/telemetry': 'nod' } }));
    expect(w.events).to.deep.equal([]);
    expect(w.decisions.find({})).to.deep.equal([]);
    expect(await w.registry.metrics()).to.not.include('remora_admission_skips_total{');
  });
});

describe('a pod of a hostile author', () => {
  it('is answered in short, clean lines, whatever its annotations hold', async () => {
    const w = world();
    w.label('shop');
    const annotations = { 'remora.dev/telemetry': `off\u0007\n${'x'.repeat(1 << 20)}`, 'remora.dev/\u001b[31m': '1' };
    const { allowed, status } = await w.ask('mutate', podCreation({ annotations }));
    expect(allowed).to.equal(false);
    expect(status?.message.length).to.be.lessThan(1_500);
    // Only the line breaks that stand between the problems.
    expect(status?.message.replaceAll('\n- ', '')).to.not.match(/[\u0000-\u001f]/);
  });

  it('gets an annotation below 8 kB, however much its own say', async () => {
    const w = world();
    w.label('shop');
    const own = Array.from({ length: 500 }, (_, index) => [`resource.opentelemetry.io/a${index}`, 'v'.repeat(2_000)]);
    const { patch, warnings } = await w.ask('mutate', podCreation({ annotations: Object.fromEntries(own) as never }));
    const operations = JSON.parse(Buffer.from(patch ?? '', 'base64').toString()) as Operation[];
    const injected = operations.find(({ path }) => path === '/metadata/annotations/remora.dev~1injected');
    expect(injected).to.have.property('value').that.has.length.within(100, 8_192);
    expect(warnings?.join('').length).to.be.lessThan(4_096);
  });

  it('cannot set anything for pods of another namespace by a settings ConfigMap of its own', async () => {
    const w = world();
    w.label('shop');
    w.label('other');
    const data = { 'settings.yaml': '- match: {labels: {}}\n  settings: {telemetry: "off"}' };
    w.informers.settings.put('other', 's', readSettingsConfigMap('s', data));
    const features = async (namespace: string): Promise<boolean> => {
      const { patch = '' } = await w.ask('mutate', podCreation({ namespace }));
      return Buffer.from(patch, 'base64').toString().includes('NODE_OPTIONS');
    };
    expect(await features('shop')).to.equal(true);
    expect(await features('other')).to.equal(false);
  });
});

describe('a pod that is out of scope', () => {
  const outside: readonly (readonly [string, Parameters<typeof podCreation>[0]])[] = [
    ['opted out by its label', { labels: { 'remora.dev/inject': 'disabled' } }],
    ['a mirror pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
    ['in an excluded namespace', { namespace: 'kube-system' }],
    ['in a namespace that the chart excludes', { namespace: 'remora-system' }],
  ];
  for (const [what, pod] of outside) {
    it(`since it is ${what} is let in as it is, by both webhooks`, async () => {
      const w = world();
      for (const name of ['shop', 'kube-system', 'remora-system']) w.label(name);
      for (const webhook of ['mutate', 'validate'] as const) {
        const { allowed, patch } = await w.ask(webhook, podCreation(pod));
        expect({ allowed, patch }).to.deep.equal({ allowed: true, patch: undefined });
      }
    });
  }

  it('is let in before its namespace is known, when code alone can tell', async () => {
    const { allowed } = await world().ask(
      'mutate',
      podCreation({ annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    );
    expect(allowed).to.equal(true);
  });
});

describe('a pod whose namespace the informer does not have yet', () => {
  it('waits for it, and is injected as soon as it is there', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    const asked = w.ask('mutate', podCreation());
    w.label('other');
    w.label('shop');
    const { allowed, patch } = await asked;
    expect(allowed && patch !== undefined).to.equal(true);
    expect(waits.map(({ ms }) => ms)).to.deep.equal([200]);
  });

  it('is refused after 200 ms, so that whoever made it tries again', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    for (const webhook of ['mutate', 'validate'] as const) {
      const asked = w.ask(webhook, podCreation());
      waits.at(-1)?.end();
      const { status } = await asked;
      expect(status).to.include({ code: 503 });
      expect(status?.message).to.include('[NamespaceUnknown]');
    }
    expect(waits.map(({ ms }) => ms)).to.deep.equal([200, 200]);
  });

  it('waits also for the label, and is injected without it: being called means labelled', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    w.label('shop', '');
    const late = w.ask('mutate', podCreation());
    waits.at(-1)?.end();
    expect((await late).patch).to.not.equal(undefined);

    const inTime = w.ask('mutate', podCreation());
    w.label('shop');
    expect((await inTime).patch).to.not.equal(undefined);
  });

  it('does not wait when the pod opted in itself and the namespace is known', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    w.label('shop', '');
    const { patch } = await w.ask('mutate', podCreation({ labels: { 'remora.dev/inject': 'enabled' } }));
    expect(patch).to.not.equal(undefined);
    expect(waits).to.deep.equal([]);
  });
});

describe('a pod whose ConfigMap the informer does not have yet', () => {
  const envFrom = [{ configMapRef: { name: 'environment' } }];
  const configMap = {
    name: 'environment',
    keys: new Set(['NODE_OPTIONS']),
    values: new Map([['NODE_OPTIONS', '--a']]),
  };
  /** Lets the request come as far as it can. */
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const patchOf = ({ patch = '' }: Reviewed): string => Buffer.from(patch, 'base64').toString();

  it('waits for it, and is injected with what it says', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    w.label('shop');
    const asked = w.ask('mutate', podCreation({ container: { envFrom } }));
    await turn();
    w.informers.configMaps.put('other', 'environment', configMap);
    w.informers.configMaps.put('shop', 'environment', configMap);
    expect(patchOf(await asked)).to.include('--a --require /remora/telemetry/node/remora.cjs');
    expect(waits.map(({ ms }) => ms)).to.deep.equal([200]);
  });

  it('is let in after 200 ms without what would hide a value of it, and says so', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    w.label('shop');
    const asked = w.ask('mutate', podCreation({ container: { envFrom } }));
    await turn();
    waits.at(-1)?.end();
    const answer = await asked;
    expect(patchOf(answer)).to.not.include('NODE_OPTIONS');
    expect(answer).to.deep.include({ allowed: true });
    expect(answer.warnings?.join()).to.include('[EnvironmentFromMissingConfigMap]');
  });

  it('does not wait where it is there, or may be absent', async () => {
    const { timer, waits } = heldTimer();
    const w = world({ timer });
    w.label('shop');
    w.informers.configMaps.put('shop', 'environment', configMap);
    const optional = [...envFrom, { configMapRef: { name: 'absent', optional: true } }];
    expect((await w.ask('mutate', podCreation({ container: { envFrom: optional } }))).allowed).to.equal(true);
    expect(waits).to.deep.equal([]);
  });
});

describe('a deletion', () => {
  it('is never refused, whatever is deleted, and however broken it is', async () => {
    const w = world({ hasKeys: false });
    w.label('shop');
    const review = podCreation();
    const going = { metadata: { deletionTimestamp: '2026-11-23T22:00:00Z', labels: 7 }, spec: null };
    for (const resource of ['pods', 'namespaces', 'configmaps']) {
      const request = { ...review.request, resource: { group: '', version: 'v1', resource } };
      const deleted = { ...review, request: { ...request, operation: 'DELETE', object: null, oldObject: going } };
      const updated = { ...review, request: { ...request, operation: 'UPDATE', object: going, oldObject: going } };
      expect((await w.ask('validate', deleted)).allowed, `${resource} deleted`).to.equal(true);
      expect((await w.ask('validate', updated)).allowed, `${resource} waiting for finalizers`).to.equal(true);
    }
  });
});

describe('an update of a pod', () => {
  it('that takes away what was injected is refused, and any other is let in', async () => {
    const w = world();
    w.label('shop');
    const review = podCreation();
    const injected = patchedReview(review, await w.ask('mutate', review)).request.object as {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    };
    const update = (object: object): object => ({
      ...review,
      request: { ...review.request, operation: 'UPDATE', object, oldObject: injected },
    });
    const { metadata } = injected;
    const labelled = { ...injected, metadata: { ...metadata, labels: { x: 'y' } } };
    expect((await w.ask('validate', update(labelled))).allowed).to.equal(true);
    const stripped = { ...injected, metadata: { ...metadata, annotations: {} } };
    const refused = await w.ask('validate', update(stripped));
    expect(refused.status?.message).to.include('[SealBroken]');
  });
});

describe('the seal', () => {
  it('is made with the current key', async () => {
    const w = world();
    w.label('shop');
    const { patch } = await w.ask('mutate', podCreation());
    expect(Buffer.from(patch!, 'base64').toString()).to.include(`v1.${sealKeys.current.id}.`);
  });
});
