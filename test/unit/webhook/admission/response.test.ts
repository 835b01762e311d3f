import { expect } from 'chai';
import fc from 'fast-check';
import {
  allowed,
  denied,
  deniedForNow,
  deniedForProblems,
  encodeReview,
  errored,
  fitWarnings,
  patched,
  warned,
} from '../../../../webhook/admission/response.ts';
import type { AdmissionResponse } from '../../../../webhook/admission/response.ts';

const problem = {
  code: 'InvalidSetting',
  field: 'metadata.annotations[remora.dev/telemetry]',
  value: 'x',
  allowed: 'y',
};

interface Written {
  readonly apiVersion: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patch?: string;
    readonly patchType?: string;
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
    readonly status?: {
      readonly code: number;
      readonly reason: string;
      readonly message: string;
      readonly details?: { readonly causes?: readonly unknown[]; readonly retryAfterSeconds?: number };
    };
  };
}

function written(response: AdmissionResponse): Written['response'] {
  const review = JSON.parse(encodeReview('the-uid', response)) as Written;
  expect(review).to.include({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  expect(review.response.uid).to.equal('the-uid');
  return review.response;
}

describe('an admission response', () => {
  it('that allows says nothing else', () => {
    expect(written(allowed())).to.deep.equal({ uid: 'the-uid', allowed: true });
  });

  it('that patches carries an RFC 6902 patch in base64', () => {
    const patch = [{ op: 'add', path: '/metadata/labels', value: { a: 'ä' } }] as const;
    const response = written(patched(patch));
    expect(response).to.include({ allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(Buffer.from(response.patch!, 'base64').toString())).to.deep.equal(patch);
  });

  it('with an empty patch carries none, since the API server refuses an empty one', () => {
    expect(written(patched([]))).to.not.have.any.keys('patch', 'patchType');
  });

  const refusals: readonly (readonly [string, AdmissionResponse, number, string])[] = [
    ['a rule', denied('NotInjected', 'no'), 403, 'Forbidden'],
    ['problems', deniedForProblems([problem]), 422, 'Invalid'],
    ['a moment', deniedForNow('NamespaceUnknown', 'later', 1), 503, 'ServiceUnavailable'],
    ['an unreadable request', errored('MalformedReview', 400, 'what?'), 400, 'BadRequest'],
    ['a bug', errored('InternalError', 500, 'oh'), 500, 'InternalError'],
  ];
  for (const [why, response, code, reason] of refusals) {
    it(`that refuses for ${why} has status ${code} ${reason} and names its code`, () => {
      const { allowed: isAllowed, status, auditAnnotations } = written(response);
      expect(isAllowed).to.equal(false);
      expect(status).to.include({ code, reason });
      expect(response.outcome === 'denied' && status?.message).to.include(
        `[${response.outcome === 'denied' ? response.code : ''}]`,
      );
      expect(auditAnnotations).to.have.key('code');
    });
  }

  it('that refuses for problems says all of them, and again as causes for programs', () => {
    const { status } = written(deniedForProblems([problem, { ...problem, field: 'other', code: 'UnknownSetting' }]));
    expect(status?.message).to.include('2 problems').and.include('other').and.include('[UnknownSetting]');
    expect(status?.details?.causes).to.have.length(2);
  });

  it('that refuses for thousands of problems names the first fifty and counts the rest', () => {
    const { status } = written(deniedForProblems(Array.from({ length: 5000 }, () => problem)));
    expect(status?.message).to.include('5000 problems').and.include('and 4950 more');
    expect(status?.details?.causes).to.have.length(50);
  });

  it('that refuses for now says when to come back', () => {
    expect(written(deniedForNow('NamespaceUnknown', 'later', 1)).status?.details?.retryAfterSeconds).to.equal(1);
  });

  it('has audit annotations without a slash', () => {
    expect(written(allowed({ 'remora.dev/x': '1' })).auditAnnotations).to.deep.equal({ 'remora.dev.x': '1' });
  });
});

describe('warnings', () => {
  it('lose control characters, empty ones and repetitions', () => {
    expect(fitWarnings(['a\nb\u0007c', '', ' \t ', 'x', 'x'])).to.deep.equal(['a b c', 'x']);
  });

  it('say how many did not fit', () => {
    const many = Array.from({ length: 30 }, (_, index) => `${index}${'w'.repeat(250)}`);
    const kept = fitWarnings(many);
    expect(kept.at(-1)).to.match(/^Remora left out \d+ more warnings$/);
    expect(kept.slice(0, -1)).to.deep.equal(many.slice(0, kept.length - 1));
  });

  it('that are too long on their own are cut, not lost', () => {
    const [only] = fitWarnings(['w'.repeat(10_000)]);
    expect(only).to.match(/w…$/);
  });

  it('whatever they are, pass the API server: well-formed, no control character, 4096 runes in all', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 20 });
    fc.assert(
      fc.property(texts, (warnings) => {
        const kept = fitWarnings(warnings);
        const runes = kept.reduce((sum, text) => sum + Array.from(text).length, 0);
        expect(runes).to.be.at.most(4096);
        for (const text of kept) {
          expect(text).to.not.match(/\p{Cc}/u);
          expect(text.isWellFormed()).to.equal(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of a response come in the order in which they were added', () => {
    const response = warned(warned(allowed(), ['first']), ['second']);
    expect(written(response).warnings).to.deep.equal(['first', 'second']);
  });
});
