import { expect } from 'chai';
import { systemTimer } from '../../../../../runtime/clock.ts';
import { matchAll } from '../../../../../settings/policies/match.ts';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';
import { admit } from '../../../../../webhook/policy/admit/admit.ts';
import type { AdmitDependencies } from '../../../../../webhook/policy/admit/admit.ts';
import type { Verdict } from '../../../../../webhook/policy/answer/answer.ts';
import type { Item } from '../../../../../webhook/policy/evaluate/protocol.ts';
import type { LoadedPolicy } from '../../../../../webhook/policy/registry/loaded.ts';
import type { Evaluation } from '../../../../../webhook/policy/types.ts';
import { loadedPolicy } from '../loaded.ts';

function policy(name: string, more: Partial<LoadedPolicy> = {}): LoadedPolicy {
  return loadedPolicy(
    { namespace: 'remora-system', name },
    {
      isForAll: true,
      match: { ...matchAll, kinds: [{ apiGroups: [''], kinds: ['Pod'] }] },
      operations: ['CREATE', 'UPDATE'],
      rules: [{ module: name, entrypoint: 'p/deny', enforcement: 'deny' }],
      ...more,
    },
  );
}

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' } };

function request(more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const { object = pod, oldObject = null, operation = 'CREATE' } = more;
  return {
    uid: 'u',
    operation,
    resource: { group: '', version: 'v1', resource: 'pods' },
    kind: 'Pod',
    namespace: 'shop',
    name: 'web',
    username: 'someone',
    isDryRun: false,
    object,
    oldObject,
    source: { operation, object, oldObject },
    ...more,
  };
}

describe('policy/admit', () => {
  let asked: { readonly review: string; readonly modules: readonly string[] }[];
  let observed: (readonly Verdict[])[];

  const judge = async (
    policies: readonly LoadedPolicy[],
    of: AdmissionRequest = request(),
    more: Partial<AdmitDependencies> = {},
  ) => {
    const evaluate = (review: string, items: readonly Item[]): Promise<readonly Evaluation[]> => {
      asked.push({ review, modules: items.map(({ module }) => module) });
      return Promise.resolve(
        items.map(({ module }) => ({ outcome: 'evaluated', violations: [{ message: `no ${module}`, details: {} }] })),
      );
    };
    return await admit(of, {
      policies: () => policies,
      pool: { evaluate },
      cluster: {
        awaitNamespace: (name) => Promise.resolve({ name, labels: { tier: 'front' }, annotations: {} }),
      },
      expansions: () => [],
      timer: systemTimer,
      excludedNamespaces: ['remora-system'],
      inventory: { dataOf: () => ({ outcome: 'unknown', message: 'data.inventory has no v1/Service yet' }) },
      observe: (_request, verdicts) => void observed.push(verdicts),
      ...more,
    });
  };

  beforeEach(() => {
    asked = [];
    observed = [];
  });

  it('asks the policies that are for the request, all at once, and refuses with what they say', async () => {
    const elsewhere = { namespace: 'bank', name: 'c', title: 'bank/c' };
    const { response, subject } = await judge([
      policy('a'),
      policy('b', { match: { ...matchAll, kinds: [{ apiGroups: ['apps'], kinds: ['*'] }] } }),
      policy('c', { name: elsewhere, isForAll: false }),
      policy('d', { operations: ['DELETE'] }),
    ]);
    expect(asked.map(({ modules }) => modules)).to.deep.equal([['a']]);
    expect(response).to.include({ outcome: 'denied', code: 'PolicyViolated' });
    expect(subject).to.deep.equal({ apiVersion: 'v1', kind: 'Namespace', namespace: 'shop', name: 'shop' });
    expect(observed).to.have.length(1);
  });

  it('asks a namespace’s own policies about that namespace', async () => {
    await judge([policy('own', { name: { namespace: 'shop', name: 'own', title: 'shop/own' }, isForAll: false })]);
    expect(asked.map(({ modules }) => modules)).to.deep.equal([['own']]);
  });

  it('judges nothing of kube-system and of Remora’s own namespace', async () => {
    for (const namespace of ['kube-system', 'remora-system']) {
      expect((await judge([policy('a')], request({ namespace }))).response.outcome).to.equal('allowed');
    }
    expect(asked).to.deep.equal([]);
  });

  it('shows the object that goes as the object of a deletion', async () => {
    const going = request({ operation: 'DELETE', object: undefined, oldObject: pod });
    await judge([policy('a', { operations: ['DELETE'] })], { ...going, source: { object: null, oldObject: pod } });
    expect(JSON.parse(asked[0]?.review ?? '')).to.deep.equal({ object: pod, oldObject: pod });
  });

  it('records nothing of a dry run, and answers it the same', async () => {
    expect((await judge([policy('a')], request({ isDryRun: true }))).response.outcome).to.equal('denied');
    expect(observed).to.deep.equal([]);
  });

  it('shows who observes also what no policy is for, and nothing of excluded namespaces', async () => {
    await judge([]);
    await judge([policy('a')], request({ namespace: 'kube-system' }));
    expect(observed).to.deep.equal([[]]);
  });

  it('cannot judge without the inventory, nor by labels of a namespace that is not known', async () => {
    const wanting = policy('a', { inventory: [{ group: '', version: 'v1', kind: 'Service' }], onFailure: 'deny' });
    expect((await judge([wanting])).response).to.include({ outcome: 'denied', code: 'PolicyFailed' });
    const selecting = policy('b', {
      match: { ...matchAll, namespaceSelector: { matchLabels: { tier: 'front' }, matchExpressions: [] } },
    });
    const unknown = { awaitNamespace: () => Promise.resolve(undefined) };
    const { response } = await judge([selecting], request(), { cluster: unknown });
    expect(response.warnings.join()).to.contain('not known').and.contain('PolicyFailed');
    expect((await judge([selecting])).response.outcome).to.equal('denied');
  });

  describe('advises what would pass', () => {
    const labelled = { op: 'add', path: '/metadata/labels/owner', value: 'web' };
    /** Wants a label, and says how it is added. */
    const evaluate = (review: string, items: readonly Item[]): Promise<readonly Evaluation[]> => {
      asked.push({ review, modules: items.map(({ module }) => module) });
      const isMended = review.includes('"owner":"web"');
      const violations = isMended ? [] : [{ message: 'no owner', details: { patch: [labelled] } }];
      return Promise.resolve(items.map(() => ({ outcome: 'evaluated', violations })));
    };

    it('after it asked the same policies about it, in all else the same request', async () => {
      const { response } = await judge([policy('a')], request(), { pool: { evaluate } });
      expect(response)
        .to.have.property('message')
        .that.contains('It would pass with:\n  metadata:\n    labels:\n      owner: web');
      const [first, again] = asked.map(({ review }) => JSON.parse(review) as { readonly object: typeof pod });
      expect(again).to.deep.equal({
        ...first,
        object: { ...pod, metadata: { ...pod.metadata, labels: { owner: 'web' } } },
      });
      expect(observed).to.have.length(1);
    });

    it('never of a deletion, nor where nothing refuses', async () => {
      const going = request({ operation: 'DELETE', object: undefined, oldObject: pod });
      const of = { ...going, source: { object: null, oldObject: pod } };
      const { response } = await judge([policy('a', { operations: ['DELETE'] })], of, { pool: { evaluate } });
      expect(response).to.have.property('message').that.does.not.contain('It would pass');
      const rules = [{ module: 'a', entrypoint: 'p/warn', enforcement: 'warn' }] as const;
      expect((await judge([policy('a', { rules })], request(), { pool: { evaluate } })).response.outcome).to.equal(
        'allowed',
      );
      expect(asked).to.have.length(2);
    });
  });

  it('tells the controller of what it refused, else the object that exists', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r', controller: true };
    const owned = { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
    const { subject } = await judge([policy('a')], request({ object: owned }));
    expect(subject).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-1',
      uid: 'r',
    });
    const update = await judge([policy('a')], request({ operation: 'UPDATE', oldObject: pod }));
    expect(update.subject).to.include({ kind: 'Pod', name: 'web' });
  });
});
