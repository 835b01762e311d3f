import { expect } from 'chai';
import fc from 'fast-check';
import type { ApiResource } from '../../../../kube/discovery.ts';
import { rulesOf } from '../../../../control/policies/rules.ts';
import type { Asked, PolicyOperation } from '../../../../control/policies/rules.ts';

function served(group: string, plural: string, kind: string, isNamespaced = true): ApiResource {
  return { group, version: 'v1', plural, kind, isNamespaced };
}

const api = [
  served('', 'pods', 'Pod'),
  served('', 'services', 'Service'),
  served('', 'events', 'Event'),
  served('', 'nodes', 'Node', false),
  served('', 'namespaces', 'Namespace', false),
  served('apps', 'deployments', 'Deployment'),
  served('coordination.k8s.io', 'leases', 'Lease'),
];

function asked(kinds: Asked['kinds'], operations: readonly PolicyOperation[], isForAll = true): Asked {
  return { kinds, operations, isForAll };
}

const pods = { apiGroups: [''], kinds: ['Pod'] };
const anything = { apiGroups: ['*'], kinds: ['*'] };

describe('control/policies/rules', () => {
  it('asks for nothing while there is no policy', () => {
    expect(rulesOf([], api)).to.deep.equal({
      'namespaced.policies.remora.dev': [],
      'deletions.policies.remora.dev': [],
      'cluster.policies.remora.dev': [],
    });
  });

  it('asks about pods, and about what brings an image into one that runs', () => {
    const rules = rulesOf([asked([pods], ['UPDATE', 'CREATE'])], api);
    expect(rules['namespaced.policies.remora.dev']).to.deep.equal([
      {
        apiGroups: [''],
        apiVersions: ['*'],
        resources: ['pods', 'pods/ephemeralcontainers'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ]);
    expect(rules['deletions.policies.remora.dev']).to.deep.equal([]);
  });

  it('keeps deletions apart, whose entry never blocks', () => {
    const rules = rulesOf([asked([pods], ['CREATE', 'DELETE'])], api);
    expect(rules['namespaced.policies.remora.dev'][0]?.operations).to.deep.equal(['CREATE']);
    expect(rules['deletions.policies.remora.dev']).to.deep.equal([
      { apiGroups: [''], apiVersions: ['*'], resources: ['pods'], operations: ['DELETE'], scope: 'Namespaced' },
    ]);
  });

  it('asks about what has no namespace only for policies of Remora’s own namespace', () => {
    const cluster = 'cluster.policies.remora.dev';
    expect(rulesOf([asked([anything], ['CREATE'], false)], api)[cluster]).to.deep.equal([]);
    expect(rulesOf([asked([anything], ['CREATE'])], api)[cluster][0]?.resources).to.deep.equal(['namespaces', 'nodes']);
  });

  it('never asks about events and leases, whatever a policy says', () => {
    const all = JSON.stringify(rulesOf([asked([anything], ['CREATE', 'UPDATE', 'DELETE'])], api));
    expect(all)
      .to.contain('services')
      .and.to.not.match(/events|leases/);
  });

  it('leaves out what is not served', () => {
    const unknown = rulesOf([asked([{ apiGroups: ['x.dev'], kinds: ['Thing'] }], ['CREATE'])], api);
    expect(JSON.stringify(unknown)).to.not.contain('x.dev');
  });

  it('covers exactly what is asked for, and is the same for any order', () => {
    const operations = fc.subarray<PolicyOperation>(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'], { minLength: 1 });
    const kinds = fc.array(
      fc.record({
        apiGroups: fc.subarray(['', 'apps', '*'], { minLength: 1 }),
        kinds: fc.subarray(['Pod', 'Deployment', 'Node', '*'], { minLength: 1 }),
      }),
      { minLength: 1, maxLength: 3 },
    );
    const policies = fc.array(fc.record({ kinds, operations, isForAll: fc.boolean() }), { maxLength: 4 });
    fc.assert(
      fc.property(policies, (given) => {
        const rules = Object.values(rulesOf(given, api)).flat();
        expect(Object.values(rulesOf([...given].reverse(), [...api].reverse())).flat()).to.deep.equal(rules);
        for (const resource of api.filter(({ plural }) => plural !== 'events' && plural !== 'leases')) {
          for (const operation of ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const) {
            const isAsked = given.some(
              (policy) =>
                policy.operations.includes(operation) &&
                (resource.isNamespaced || policy.isForAll) &&
                policy.kinds.some(
                  (of) =>
                    (of.apiGroups.includes('*') || of.apiGroups.includes(resource.group)) &&
                    (of.kinds.includes('*') || of.kinds.includes(resource.kind)),
                ),
            );
            const isCovered = rules.some(
              (rule) =>
                rule.apiGroups.includes(resource.group) &&
                rule.resources.includes(resource.plural) &&
                rule.operations.includes(operation),
            );
            expect(isCovered, `${resource.plural} ${operation}`).to.equal(isAsked);
          }
        }
      }),
    );
  });
});
