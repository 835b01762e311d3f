import { expect } from 'chai';
import fc from 'fast-check';
import { parseReview, parseReviewText } from '../../../../webhook/admission/review.ts';
import { podCreation } from './samples.ts';

const review = podCreation();
const request = review.request;

describe('an AdmissionReview', () => {
  it('is read into what handlers need', () => {
    const parsed = parseReview(review);
    expect(parsed).to.deep.equal({
      outcome: 'request',
      request: {
        uid: request.uid,
        operation: 'CREATE',
        resource: { group: '', version: 'v1', resource: 'pods' },
        kind: 'Pod',
        namespace: 'shop',
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        isDryRun: false,
        object: request.object,
        oldObject: undefined,
        source: request,
      },
    });
  });

  it('of a DELETE has no object', () => {
    const parsed = parseReview({
      ...review,
      request: { ...request, operation: 'DELETE', object: null, oldObject: {} },
    });
    expect(parsed.outcome).to.equal('request');
    expect(parsed.outcome === 'request' && parsed.request.object).to.equal(undefined);
  });

  const withoutUid: readonly (readonly [string, string])[] = [
    ['nothing at all', ''],
    ['no JSON', 'hello'],
    ['half of a body', JSON.stringify(review).slice(0, 100)],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"AdmissionReview"'],
    ['no request', JSON.stringify({ ...review, request: undefined })],
    ['a request that is a list', JSON.stringify({ ...review, request: [] })],
    ['no uid', JSON.stringify({ ...review, request: { ...request, uid: undefined } })],
    ['an empty uid', JSON.stringify({ ...review, request: { ...request, uid: '' } })],
    ['a uid that is a number', JSON.stringify({ ...review, request: { ...request, uid: 7 } })],
  ];
  for (const [what, body] of withoutUid) {
    it(`with ${what} is malformed, and nobody can be answered`, () => {
      const parsed = parseReviewText(body);
      expect(parsed).to.include({ outcome: 'malformed', code: 'MalformedReview' }).and.not.have.property('uid');
    });
  }

  const withUid: readonly (readonly [string, object, string])[] = [
    ['another version', { ...review, apiVersion: 'admission.k8s.io/v1beta1' }, 'UnsupportedReview'],
    ['another kind', { ...review, kind: 'ConversionReview' }, 'UnsupportedReview'],
    ['an unknown operation', { ...review, request: { ...request, operation: 'PATCH' } }, 'MalformedReview'],
    ['no resource', { ...review, request: { ...request, resource: undefined } }, 'MalformedReview'],
    ['a resource without a name', { ...review, request: { ...request, resource: { group: '' } } }, 'MalformedReview'],
    ['no kind', { ...review, request: { ...request, kind: null } }, 'MalformedReview'],
    ['a namespace that is a number', { ...review, request: { ...request, namespace: 1 } }, 'MalformedReview'],
    ['a dryRun that is a text', { ...review, request: { ...request, dryRun: 'true' } }, 'MalformedReview'],
    ['an object that is a list', { ...review, request: { ...request, object: [] } }, 'MalformedReview'],
    ['a user that is a text', { ...review, request: { ...request, userInfo: 'root' } }, 'MalformedReview'],
  ];
  for (const [what, body, code] of withUid) {
    it(`with ${what} is malformed, and its sender can be answered`, () => {
      expect(parseReview(body)).to.include({ outcome: 'malformed', uid: request.uid, code });
    });
  }

  it('reports every fault of the envelope at once', () => {
    const parsed = parseReview({ ...review, request: { uid: 'u', operation: 'READ', namespace: 1 } });
    expect(parsed.outcome === 'malformed' && parsed.message)
      .to.include('request.operation')
      .and.include('request.namespace')
      .and.include('request.resource')
      .and.include('request.kind');
  });

  it('of any content never throws, and never keeps a control character in its message', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      // Near misses: a good review with one field replaced by anything.
      fc.tuple(fc.constantFrom(...Object.keys(request)), fc.anything()).map(([key, value]) => {
        return JSON.stringify({ ...review, request: { ...request, [key]: value } }, (_key, item: unknown) =>
          typeof item === 'bigint' ? String(item) : item,
        );
      }),
    );
    const seen = { request: 0, malformed: 0 };
    fc.assert(
      fc.property(bodies, (body) => {
        const parsed = parseReviewText(body);
        seen[parsed.outcome] += 1;
        if (parsed.outcome === 'malformed') expect(parsed.message).to.not.match(/\p{Cc}/u);
      }),
      { numRuns: 2000 },
    );
    // Both outcomes were met, so that neither branch is checked in name only.
    expect(seen.request).to.be.greaterThan(50);
    expect(seen.malformed).to.be.greaterThan(500);
  });
});
