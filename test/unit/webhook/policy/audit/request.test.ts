import { expect } from 'chai';
import { parseReview } from '../../../../../webhook/admission/review.ts';
import { requestOfObject } from '../../../../../webhook/policy/audit/request.ts';

describe('policy/audit/request', () => {
  const deployments = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', isNamespaced: true };
  const namespaces = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', isNamespaced: false };
  const nodes = { ...namespaces, kind: 'Node', plural: 'nodes' };

  it('is what the API server would send to create the object', () => {
    for (const [object, type] of [
      [{ metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } } }, deployments],
      [{ metadata: { name: 'shop' } }, namespaces],
      [{ metadata: { name: 'n1' } }, nodes],
    ] as const) {
      const request = requestOfObject(object, type);
      const parsed = parseReview({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: request.source,
      });
      expect(parsed).to.deep.equal({ outcome: 'request', request });
    }
  });

  it('says what a list leaves out, and leaves out who manages which field', () => {
    const metadata = { name: 'web', namespace: 'shop', managedFields: [{ manager: 'kubectl' }] };
    expect(requestOfObject({ metadata }, deployments).object).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
    });
  });

  it('is for a Namespace in that namespace, and for a Node in none', () => {
    expect(requestOfObject({ metadata: { name: 'shop' } }, namespaces).namespace).to.equal('shop');
    expect(requestOfObject({ metadata: { name: 'n1' } }, nodes)).to.not.have.property('namespace');
  });
});
