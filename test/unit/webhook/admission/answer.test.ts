import { expect } from 'chai';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { LogFields, Logger } from '../../../../runtime/log.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { createAnswerer } from '../../../../webhook/admission/answer.ts';
import { decided } from '../../../../webhook/admission/handler.ts';
import type { Handler } from '../../../../webhook/admission/handler.ts';
import { createAdmissionMetrics } from '../../../../webhook/admission/metrics.ts';
import { allowed, patched } from '../../../../webhook/admission/response.ts';
import { podCreation } from './samples.ts';
import { world } from '../world.ts';

function answering(handler: Handler) {
  const registry = new Registry();
  const lines: { readonly event: string; readonly fields: LogFields }[] = [];
  const log: Logger = { ...silentLogger, error: (event, fields = {}) => void lines.push({ event, fields }) };
  const recorded: string[] = [];
  const answer = createAnswerer({
    handlers: { mutate: handler, validate: handler, policies: handler },
    record: (webhook) => void recorded.push(webhook),
    metrics: createAdmissionMetrics(registry),
    log,
    clock: { now: () => 0 },
  });
  return { answer, registry, lines, recorded };
}

const broken: Handler = () => {
  throw new Error('boom');
};

describe('an answer', () => {
  it('to a body without a uid is HTTP 400 in plain text', async () => {
    const { answer } = answering(() => decided(allowed()));
    expect(await answer('mutate', '{')).to.include({ status: 400, contentType: 'text/plain' });
  });

  it('to a malformed body with a uid is an AdmissionReview that refuses', async () => {
    const { answer, recorded } = answering(() => decided(allowed()));
    const { status, body } = await answer('validate', JSON.stringify({ request: { uid: 'u' } }));
    expect(status).to.equal(200);
    expect(JSON.parse(body)).to.have.nested.property('response.allowed', false);
    expect(body).to.include('[UnsupportedReview]');
    expect(recorded, 'nothing is recorded of what was not understood').to.deep.equal([]);
  });

  it('is counted by what it was', async () => {
    const { answer, registry } = answering(() => decided(patched([{ op: 'add', path: '/a', value: 1 }])));
    await answer('mutate', JSON.stringify(podCreation()));
    expect(await registry.metrics()).to.include(
      'remora_admission_requests_total{webhook="mutate",operation="CREATE",resource="pods",outcome="patched",code=""} 1',
    );
  });

  it('about a resource that nobody expects adds no series of its own', async () => {
    const { answer, registry } = answering(() => decided(allowed()));
    const review = podCreation();
    const resource = { group: 'x', version: 'v1', resource: 'made-up-by-someone' };
    await answer('validate', JSON.stringify({ ...review, request: { ...review.request, resource } }));
    expect(await registry.metrics())
      .to.include('resource="other"')
      .and.not.include('made-up');
  });
});

describe('a bug in a handler', () => {
  it('refuses a pod with InternalError, and is logged with its stack and counted', async () => {
    const { answer, registry, lines } = answering(broken);
    const { status, body } = await answer('mutate', JSON.stringify(podCreation()));
    const { response } = JSON.parse(body) as {
      response: { allowed: boolean; status: { code: number; message: string } };
    };
    expect(status).to.equal(200);
    expect(response.allowed).to.equal(false);
    expect(response.status.code).to.equal(500);
    expect(response.status.message).to.include('[InternalError]').and.not.include('boom');
    expect(lines[0]?.event).to.equal('admission.bug');
    expect(lines[0]?.fields['stack']).to.include('boom').and.include('answer.test.ts');
    expect(await registry.metrics()).to.include('remora_admission_bugs_total 1');
  });

  it('lets anything else in with a warning, since a label must be removable', async () => {
    const { answer } = answering(broken);
    const review = podCreation();
    const resource = { group: '', version: 'v1', resource: 'namespaces' };
    const { body } = await answer('validate', JSON.stringify({ ...review, request: { ...review.request, resource } }));
    const { response } = JSON.parse(body) as { response: { allowed: boolean; warnings: readonly string[] } };
    expect(response.allowed).to.equal(true);
    expect(response.warnings.join()).to.include('[InternalError]');
  });
});

describe('a pod of any shape', () => {
  it('is answered, never by a bug', async () => {
    const w = world();
    w.label('shop');
    const anything = fc.anything({ maxDepth: 2, maxKeys: 3, withNullPrototype: false });
    const key = fc.constantFrom('name', 'env', 'envFrom', 'volumeMounts', 'image', 'command', 'restartPolicy', 'x');
    const container = fc.oneof(anything, fc.dictionary(key, anything));
    const pods = fc.record(
      {
        metadata: fc.oneof(
          anything,
          fc.dictionary(fc.constantFrom('name', 'labels', 'annotations', 'ownerReferences'), anything),
        ),
        spec: fc.oneof(
          anything,
          fc.record({
            containers: fc.array(container),
            initContainers: fc.array(container),
            volumes: fc.array(anything),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    const review = podCreation();
    const seen = { allowed: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(pods, fc.constantFrom('mutate', 'validate'), async (object, webhook) => {
        const text = JSON.stringify({ ...review, request: { ...review.request, object } }, (_key, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        const { body } = await w.answer(webhook, text);
        expect(body).to.not.include('[InternalError]');
        seen[body.includes('"allowed":true') ? 'allowed' : 'refused'] += 1;
      }),
      { numRuns: 300 },
    );
    expect(seen.refused).to.be.greaterThan(30);
  });
});
