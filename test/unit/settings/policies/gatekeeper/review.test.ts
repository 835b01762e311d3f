import { expect } from 'chai';
import { objectsOf, reviewOfObject, reviewOfRequest } from '../../../../../settings/policies/gatekeeper/review.ts';
import type { KubeObject } from '../../../../../settings/policies/object.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } };
const shop = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

function review(request: KubeObject, namespace?: KubeObject): KubeObject {
  const made = reviewOfRequest(request, namespace);
  if (made.outcome === 'failed') throw new Error(made.message);
  return made.review;
}

describe('settings/policies/gatekeeper/review', () => {
  it('has every field that Gatekeeper’s has, of a request that says nothing', () => {
    expect(review({})).to.deep.equal({
      uid: '',
      kind: { group: '', version: '', kind: '' },
      resource: { group: '', version: '', resource: '' },
      operation: '',
      userInfo: {},
      object: null,
      oldObject: null,
      options: null,
      namespaceObject: {},
    });
  });

  it('keeps what the request says, with the Namespace beside it, and drops what AdmissionRequest does not have', () => {
    const request = {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'ephemeralcontainers',
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      requestSubResource: 'ephemeralcontainers',
      name: 'a',
      namespace: 'shop',
      operation: 'UPDATE',
      userInfo: { username: 'ann', groups: ['dev'] },
      object: pod,
      oldObject: { ...pod, metadata: { name: 'a' } },
      dryRun: false,
      options: { kind: 'UpdateOptions' },
    };
    expect(review({ ...request, odd: 1 }, shop)).to.deep.equal({ ...request, namespaceObject: shop });
  });

  it('leaves out what is optional and says nothing', () => {
    const made = review({ name: '', namespace: '', subResource: '', requestKind: null, dryRun: null });
    expect(Object.keys(made)).to.not.include.members(['name', 'namespace', 'subResource', 'requestKind', 'dryRun']);
  });

  it('has the deleted object as object at DELETE', () => {
    expect(review({ operation: 'DELETE', oldObject: pod, object: null })).to.deep.include({
      object: pod,
      oldObject: pod,
    });
    expect(reviewOfRequest({ operation: 'DELETE' }, undefined)).to.deep.equal({
      outcome: 'failed',
      code: 'OldObjectMissing',
      message: 'oldObject cannot be nil for DELETE operations',
    });
  });

  it('takes a Namespace for in no namespace', () => {
    const request = {
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      name: 'shop',
      namespace: 'shop',
      object: shop,
    };
    expect(review(request)).to.not.have.property('namespace');
    expect(review({ ...request, kind: { group: 'x', version: 'v1', kind: 'Namespace' } })).to.have.property(
      'namespace',
    );
  });

  it('makes one of an object alone, as the audit and gator do', () => {
    expect(reviewOfObject({ ...pod, apiVersion: 'apps/v1', kind: 'Deployment' }, undefined).review).to.deep.equal({
      uid: '',
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: '', version: '', resource: '' },
      name: 'a',
      namespace: 'shop',
      operation: '',
      userInfo: {},
      object: { ...pod, apiVersion: 'apps/v1', kind: 'Deployment' },
      oldObject: null,
      options: null,
      namespaceObject: {},
    });
    expect(reviewOfObject({ kind: 'Node' }, shop).review).to.not.have.any.keys('name', 'namespace');
  });

  it('makes one of a resultant, with the operation of what it was made of', () => {
    expect(reviewOfObject(pod, shop, 'CREATE').review).to.deep.include({
      operation: 'CREATE',
      object: pod,
      oldObject: null,
    });
    expect(reviewOfObject(pod, shop, 'DELETE').review).to.deep.include({
      object: pod,
      oldObject: pod,
      namespaceObject: shop,
    });
  });

  it('gives a match the objects that are there, the new one first', () => {
    const old = { ...pod, kind: 'Old' };
    expect(objectsOf(review({ object: pod, oldObject: old }))).to.deep.equal([pod, old]);
    expect(objectsOf(review({ object: pod }))).to.deep.equal([pod]);
    expect(objectsOf(review({}))).to.deep.equal([]);
  });
});
