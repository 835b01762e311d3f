import { expect } from 'chai';
import fc from 'fast-check';
import { matchAll, matchRequest } from '../../../../settings/policies/match.ts';
import type { MatchSubject } from '../../../../settings/policies/match.ts';
import type { KubeObject } from '../../../../settings/policies/object.ts';
import { everyLabel } from '../../../../settings/policies/selector.ts';
import type { Match } from '../../../../settings/policies/types.ts';

function object(apiVersion: string, kind: string, metadata: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}

const shop = { name: 'shop', labels: { team: 'a' } };
const pod = object('v1', 'Pod', { name: 'cart-1', namespace: 'shop', labels: { app: 'cart' } });
const node = object('v1', 'Node', { name: 'one' });
const namespaceShop = object('v1', 'Namespace', { name: 'shop', labels: { team: 'b' } });

function outcome(match: Partial<Match>, objects: readonly KubeObject[], namespace?: MatchSubject['namespace']): string {
  return matchRequest({ ...matchAll, ...match }, { objects, namespace }).outcome;
}

const teamA = { matchLabels: { team: 'a' }, matchExpressions: [] };

/** What a match says about a pod of a namespace, about a node, and about the Namespace itself. */
function three(match: Partial<Match>): readonly boolean[] {
  return [outcome(match, [pod], shop), outcome(match, [node]), outcome(match, [namespaceShop])].map(
    (result) => result === 'matched',
  );
}

describe('settings/policies/match', () => {
  it('matches everything when it says nothing', () => {
    expect(three({})).to.deep.equal([true, true, true]);
  });

  const rows: readonly (readonly [string, Partial<Match>, readonly boolean[]])[] = [
    ['kinds by name', { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] }, [true, false, false]],
    ['kinds of another group', { kinds: [{ apiGroups: ['apps'], kinds: ['Pod'] }] }, [false, false, false]],
    ['* for groups and kinds', { kinds: [{ apiGroups: ['*'], kinds: ['*'] }] }, [true, true, true]],
    ['kinds without groups', { kinds: [{ apiGroups: [], kinds: ['Node'] }] }, [false, true, false]],
    ['groups without kinds', { kinds: [{ apiGroups: ['apps'], kinds: [] }] }, [false, false, false]],
    [
      'one of several kinds, each with its own groups',
      {
        kinds: [
          { apiGroups: ['apps'], kinds: ['Node'] },
          { apiGroups: [''], kinds: ['Pod'] },
        ],
      },
      [true, false, false],
    ],
    ['namespaces: what has none is not narrowed', { namespaces: ['shop'] }, [true, true, true]],
    ['another namespace', { namespaces: ['cart'] }, [false, true, false]],
    ['a glob of namespaces', { namespaces: ['sh*'] }, [true, true, true]],
    ['excluded namespaces: the Namespace itself too', { excludedNamespaces: ['*op'] }, [false, true, false]],
    ['other excluded namespaces', { excludedNamespaces: ['kube-*'] }, [true, true, true]],
    ['labels', { labelSelector: { matchLabels: { app: 'cart' }, matchExpressions: [] } }, [true, false, false]],
    ['labels of the namespace; a Namespace by its own', { namespaceSelector: teamA }, [true, true, false]],
    ['scope Namespaced', { scope: 'Namespaced' }, [true, false, false]],
    ['scope Cluster: a Namespace is of the cluster', { scope: 'Cluster' }, [false, true, true]],
    ['a name', { name: 'cart-1' }, [true, false, false]],
    ['a glob of names', { name: '*o*' }, [false, true, true]],
  ];
  for (const [title, match, expected] of rows) {
    it(`narrows by ${title}`, () => {
      expect(three(match)).to.deep.equal(expected);
    });
  }

  it('takes the namespace of the request before the object’s own, and the object’s where there is no other', () => {
    const lost = object('v1', 'Pod', { name: 'x' });
    expect(outcome({ namespaces: ['shop'] }, [lost], shop)).to.equal('matched');
    expect(outcome({ namespaces: ['shop'] }, [pod], { name: 'cart', labels: {} })).to.equal('unmatched');
    expect(outcome({ namespaces: ['shop'] }, [pod])).to.equal('matched');
    expect(outcome({ scope: 'Namespaced' }, [lost], shop)).to.equal('matched');
    expect(outcome({ scope: 'Namespaced' }, [pod])).to.equal('matched');
  });

  it('cannot judge labels of a namespace that is not known, unless another part says no before', () => {
    expect(
      matchRequest({ ...matchAll, namespaceSelector: teamA }, { objects: [pod], namespace: undefined }),
    ).to.deep.include({
      outcome: 'failed',
      code: 'NamespaceUnknown',
    });
    expect(outcome({ namespaceSelector: teamA, kinds: [{ apiGroups: [''], kinds: ['Node'] }] }, [pod])).to.equal(
      'unmatched',
    );
    expect(outcome({ namespaceSelector: everyLabel }, [pod])).to.equal('matched');
  });

  it('knows a generated name by its beginning', () => {
    const generated = object('v1', 'Pod', { generateName: 'job-', namespace: 'shop' });
    expect(['job-*', 'job-1', '*-1'].map((name) => outcome({ name }, [generated], shop))).to.deep.equal([
      'matched',
      'unmatched',
      'unmatched',
    ]);
  });

  it('treats a Namespace whose name is still to be generated as in no listed namespace', () => {
    const generated = object('v1', 'Namespace', { generateName: 'shop-' });
    expect(outcome({ namespaces: ['shop-*'] }, [generated])).to.equal('unmatched');
    expect(outcome({ excludedNamespaces: ['shop-*'] }, [generated])).to.equal('matched');
  });

  it('matches when the new object or the old one does', () => {
    const labelSelector = { matchLabels: { app: 'cart' }, matchExpressions: [] };
    const unlabelled = object('v1', 'Pod', { name: 'cart-1', namespace: 'shop' });
    expect(outcome({ labelSelector }, [unlabelled, pod], shop)).to.equal('matched');
    expect(outcome({ labelSelector }, [pod, unlabelled], shop)).to.equal('matched');
    expect(outcome({ labelSelector }, [unlabelled, unlabelled], shop)).to.equal('unmatched');
  });

  it('reads objects as apimachinery does: a wrong type is as good as nothing', () => {
    const odd = { apiVersion: 'a/b/c', kind: 'Pod', metadata: { name: 7, labels: { app: 'cart', n: 1 } } };
    expect(outcome({ kinds: [{ apiGroups: [''], kinds: ['Pod'] }] }, [odd])).to.equal('unmatched');
    expect(outcome({ labelSelector: { matchLabels: { app: 'cart' }, matchExpressions: [] } }, [odd])).to.equal(
      'unmatched',
    );
    expect(outcome({ name: '7' }, [odd])).to.equal('unmatched');
    expect(outcome({}, [{ kind: 'Pod' }])).to.equal('matched');
  });

  describe('laws', () => {
    const name = fc.constantFrom('shop', 'cart', 'kube-system');
    const glob = fc.constantFrom('shop', 'sh*', '*-system', '*a*', '*', 'none');
    const labels = fc.dictionary(fc.constantFrom('app', 'team'), fc.constantFrom('a', 'b'));
    const selector = fc.record({ matchLabels: labels, matchExpressions: fc.constant([]) });
    const kinds = fc.array(
      fc.record({
        apiGroups: fc.subarray(['', 'apps', '*']),
        kinds: fc.subarray(['Pod', 'Node', 'Namespace', 'Deployment', '*']),
      }),
      { maxLength: 2 },
    );
    const anyMatch: fc.Arbitrary<Match> = fc.record({
      kinds,
      namespaces: fc.array(glob, { maxLength: 2 }),
      excludedNamespaces: fc.array(glob, { maxLength: 2 }),
      labelSelector: selector,
      namespaceSelector: selector,
      scope: fc.constantFrom('*' as const, 'Cluster' as const, 'Namespaced' as const),
      name: fc.oneof(fc.constant(''), glob),
    });
    const anySubject: fc.Arbitrary<MatchSubject> = fc
      .record({
        type: fc.constantFrom(
          ['v1', 'Pod', true],
          ['v1', 'Node', false],
          ['v1', 'Namespace', false],
          ['apps/v1', 'Deployment', true],
        ),
        name,
        home: name,
        labels,
        homeLabels: labels,
      })
      .map(({ type: [apiVersion, kind, isNamespaced], name: own, home, labels: of, homeLabels }) => ({
        objects: [
          object(apiVersion, kind, {
            name: own,
            labels: of,
            ...(isNamespaced ? { namespace: home } : {}),
          }),
        ],
        namespace: isNamespaced ? { name: home, labels: homeLabels } : undefined,
      }));
    const matches = (match: Match, subject: MatchSubject): boolean =>
      matchRequest(match, subject).outcome === 'matched';

    it('is the conjunction of its parts', () => {
      fc.assert(
        fc.property(anyMatch, anySubject, (match, subject) => {
          const parts = (Object.keys(match) as (keyof Match)[]).map((part) => ({ ...matchAll, [part]: match[part] }));
          expect(matches(match, subject)).to.equal(parts.every((part) => matches(part, subject)));
        }),
        { numRuns: 500 },
      );
    });

    it('matches more with another kind or namespace, and less with another exclusion', () => {
      fc.assert(
        fc.property(anyMatch, anySubject, kinds, glob, (match, subject, more, other) => {
          fc.pre(match.kinds.length > 0 && match.namespaces.length > 0);
          const before = matches(match, subject);
          if (before) {
            expect(matches({ ...match, kinds: [...match.kinds, ...more] }, subject)).to.equal(true);
            expect(matches({ ...match, namespaces: [...match.namespaces, other] }, subject)).to.equal(true);
          } else {
            expect(matches({ ...match, excludedNamespaces: [...match.excludedNamespaces, other] }, subject)).to.equal(
              false,
            );
          }
        }),
      );
    });

    it('splits everything between the scopes', () => {
      fc.assert(
        fc.property(anySubject, (subject) => {
          const scopes = (['Cluster', 'Namespaced'] as const).map((scope) => matches({ ...matchAll, scope }, subject));
          expect(scopes.filter(Boolean)).to.have.length(1);
        }),
      );
    });

    it('does not depend on the order of the objects', () => {
      fc.assert(
        fc.property(anyMatch, anySubject, anySubject, (match, one, two) => {
          const objects = [...one.objects, ...two.objects];
          const namespace = one.namespace ?? shop;
          expect(matches(match, { objects, namespace })).to.equal(
            matches(match, { objects: objects.toReversed(), namespace }),
          );
        }),
      );
    });
  });
});
