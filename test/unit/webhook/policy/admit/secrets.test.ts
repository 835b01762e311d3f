import { expect } from 'chai';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import { withoutSecretValues } from '../../../../../webhook/policy/admit/secrets.ts';

const planted = 'cGxhbnRlZA==';
const secret = {
  kind: 'Secret',
  metadata: {
    name: 's',
    labels: { owner: 'ann' },
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"pw":"${planted}"}}`,
      // Another tool's copy, by another name.
      'tool.example/copy': `{"kind":"Secret","data":{"pw":"${planted}"}}`,
      a: 'b',
    },
  },
  type: 'Opaque',
  data: { pw: planted },
  stringData: { more: planted },
};

function request(resource: string, object: unknown, oldObject: unknown = null): AdmissionRequest {
  return {
    uid: 'u',
    operation: 'UPDATE',
    resource: { group: '', version: 'v1', resource },
    kind: 'Secret',
    namespace: 'shop',
    name: 's',
    username: 'ann',
    isDryRun: false,
    object,
    oldObject,
    source: { object, oldObject },
  };
}

describe('policy/admit: values of Secrets', () => {
  it('are seen by no policy, in the new object, the old one and the copy that kubectl keeps', () => {
    const seen = withoutSecretValues(request('secrets', secret, secret));
    expect(JSON.stringify(seen)).to.not.contain(planted);
    expect(seen.source['object']).to.deep.equal({
      ...secret,
      metadata: { name: 's', labels: { owner: 'ann' }, annotations: { a: 'b' } },
      data: { pw: '(redacted)' },
      stringData: { more: '(redacted)' },
    });
    expect(seen.source['oldObject']).to.deep.equal(seen.source['object']);
    // The planted case: without it they are there.
    expect(JSON.stringify(request('secrets', secret))).to.contain(planted);
  });

  it('leave alone what is no Secret, and what is not there', () => {
    const pod = request('pods', { data: { pw: planted } });
    expect(withoutSecretValues(pod)).to.equal(pod);
    expect(withoutSecretValues(request('secrets', null, { metadata: {} })).source).to.deep.equal({
      object: null,
      oldObject: { metadata: {} },
    });
  });
});
