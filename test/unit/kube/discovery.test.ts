import { expect } from 'chai';
import { discover } from '../../../kube/discovery.ts';
import type { KubeOutcome } from '../../../kube/types.ts';

const unavailable = { outcome: 'failed', code: 'Unavailable', status: 503, message: 'away' } as const;

/** An API server that answers these paths, and 503 to any other. */
function serving(answers: Readonly<Record<string, unknown>>) {
  return {
    raw: <T>(path: string): Promise<KubeOutcome<T>> =>
      Promise.resolve(path in answers ? { outcome: 'ok', value: answers[path] as T } : unavailable),
  };
}

const core = {
  resources: [
    { name: 'pods', kind: 'Pod', namespaced: true },
    { name: 'pods/status', kind: 'Pod', namespaced: true },
    { name: 'nodes', kind: 'Node', namespaced: false },
  ],
};

describe('kube/discovery', () => {
  it('names every kind with its plural and scope, and leaves subresources out', async () => {
    const found = await discover(serving({ '/apis': {}, '/api/v1': core }));
    expect(found).to.deep.equal({
      outcome: 'discovered',
      missing: [],
      resources: [
        { group: '', version: 'v1', plural: 'pods', kind: 'Pod', isNamespaced: true },
        { group: '', version: 'v1', plural: 'nodes', kind: 'Node', isNamespaced: false },
      ],
    });
  });

  it('puts the preferred version of a group first, and names what did not answer', async () => {
    const groups = [
      { name: 'apps', versions: [{ version: 'v1beta1' }, { version: 'v1' }], preferredVersion: { version: 'v1' } },
      { name: 'metrics.k8s.io', versions: [{ version: 'v1' }] },
    ];
    const deployments = { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true }] };
    const found = await discover(
      serving({
        '/apis': { groups },
        '/api/v1': core,
        '/apis/apps/v1': deployments,
        '/apis/apps/v1beta1': deployments,
      }),
    );
    if (found.outcome === 'failed') throw new Error(found.message);
    expect(found.resources.filter(({ group }) => group === 'apps').map(({ version }) => version)).to.deep.equal([
      'v1',
      'v1beta1',
    ]);
    expect(found.missing).to.deep.equal(['metrics.k8s.io/v1']);
  });

  it('fails with the API server', async () => {
    expect(await discover(serving({}))).to.deep.equal(unavailable);
    expect(await discover(serving({ '/apis': {} }))).to.deep.equal(unavailable);
  });
});
