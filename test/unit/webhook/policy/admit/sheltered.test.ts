import { expect } from 'chai';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import { isSheltered } from '../../../../../webhook/policy/admit/sheltered.ts';

const policy = { metadata: { name: 'p', labels: { 'remora.dev/policy': 'true' } } };
const plain = { metadata: { name: 'p' } };

function deletion(resource: string, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: 'u',
    operation: 'DELETE',
    resource: { group: '', version: 'v1', resource },
    kind: 'Any',
    namespace: 'shop',
    name: 'p',
    username: 'ann',
    isDryRun: false,
    object: null,
    oldObject: plain,
    source: {},
    ...more,
  };
}

describe('policy/admit: deletions that no policy judges', () => {
  const cases: readonly (readonly [what: string, request: AdmissionRequest, isSheltered: boolean])[] = [
    ['a person deletes a pod', deletion('pods'), false],
    ['a person deletes a ConfigMap', deletion('configmaps'), false],
    ['a person deletes a policy', deletion('configmaps', { oldObject: policy }), true],
    ['a person deletes a namespace', deletion('namespaces'), true],
    [
      'of another group something has that name',
      deletion('namespaces', { resource: { group: 'x.io', version: 'v1', resource: 'namespaces' } }),
      false,
    ],
    ['a person changes a policy', deletion('configmaps', { operation: 'UPDATE', oldObject: policy }), false],
    ...['namespace-controller', 'generic-garbage-collector'].map(
      (name) =>
        [
          `${name} cleans up`,
          deletion('pods', { username: `system:serviceaccount:kube-system:${name}` }),
          true,
        ] as const,
    ),
    ['the controllers share an account', deletion('pods', { username: 'system:kube-controller-manager' }), true],
    [
      'an account only sounds like one',
      deletion('pods', { username: 'system:serviceaccount:shop:namespace-controller' }),
      false,
    ],
    ['a cleaner creates', deletion('pods', { operation: 'CREATE', username: 'system:kube-controller-manager' }), false],
  ];
  for (const [what, request, expected] of cases) {
    it(`${what}: ${expected ? 'nobody is asked' : 'policies are asked'}`, () => {
      expect(isSheltered(request)).to.equal(expected);
    });
  }
});
