import { expect } from 'chai';
import { enforcementsAt } from '../../../../../settings/policies/gatekeeper/enforcement.ts';
import { matchConstraint } from '../../../../../settings/policies/gatekeeper/constraint.ts';
import type { Constraint, EnforcementPoint, Source } from '../../../../../settings/policies/gatekeeper/types.ts';
import { problems, readWell, writtenConstraint, writtenTemplate } from './write.ts';

const template = writtenTemplate({
  validation: {
    openAPIV3Schema: {
      type: 'object',
      properties: { labels: { type: 'array', items: { type: 'string' } }, mode: { type: 'string', default: 'all' } },
    },
  },
});

function constraintOf(spec: unknown): Constraint | undefined {
  return readWell(template, writtenConstraint(spec)).constraints[0];
}

const ofSpec = (spec: unknown): readonly string[] => problems(template, writtenConstraint(spec));

describe('settings/policies/gatekeeper/constraint', () => {
  it('reads all of its match', () => {
    const match = {
      kinds: [{ apiGroups: ['', 'apps'], kinds: ['Pod'] }, { kinds: ['*'] }],
      namespaces: ['shop-*'],
      excludedNamespaces: ['*-system'],
      labelSelector: { matchLabels: { app: 'cart' } },
      namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      scope: 'Namespaced',
      name: '*-web',
      source: 'Original',
    };
    expect(constraintOf({ match })?.match).to.deep.equal({
      ...match,
      kinds: [
        { apiGroups: ['', 'apps'], kinds: ['Pod'] },
        { apiGroups: [], kinds: ['*'] },
      ],
      labelSelector: { matchLabels: { app: 'cart' }, matchExpressions: [] },
      namespaceSelector: { matchLabels: {}, matchExpressions: [{ key: 'team', operator: 'Exists', values: [] }] },
    });
  });

  it('matches everything, denies everywhere and has its defaults when it says nothing', () => {
    for (const spec of [{}, null, { match: null, parameters: {} }]) {
      const constraint = constraintOf(spec);
      expect(constraint?.match).to.deep.include({ kinds: [], scope: '*', source: 'All', name: '' });
      expect(enforcementsAt(constraint?.enforcements ?? {}, 'validation.gatekeeper.sh')).to.deep.equal(['deny']);
    }
    expect(constraintOf({})?.parameters).to.equal('{}');
    expect(constraintOf({ parameters: {} })?.parameters).to.equal('{"mode":"all"}');
    expect(constraintOf({ parameters: { labels: ['a'] } })?.parameters).to.equal('{"labels":["a"],"mode":"all"}');
  });

  describe('enforcement', () => {
    const points: readonly EnforcementPoint[] = [
      'validation.gatekeeper.sh',
      'audit.gatekeeper.sh',
      'gator.gatekeeper.sh',
    ];
    const at = (spec: unknown): readonly string[] =>
      points.map((point) => enforcementsAt(constraintOf(spec)?.enforcements ?? {}, point).join('+'));
    const scoped = (...actions: readonly (readonly [string, ...string[]])[]): object => ({
      enforcementAction: 'scoped',
      scopedEnforcementActions: actions.map(([action, ...names]) => ({
        action,
        enforcementPoints: names.map((name) => ({ name })),
      })),
    });

    it('is the same at every point unless it is scoped', () => {
      for (const enforcementAction of ['deny', 'warn', 'dryrun']) {
        expect(at({ enforcementAction })).to.deep.equal([enforcementAction, enforcementAction, enforcementAction]);
      }
      expect(at({ ...scoped(['warn', '*']), enforcementAction: 'deny' })).to.deep.equal(['deny', 'deny', 'deny']);
    });

    it('is by point when it is scoped; at others there is none', () => {
      expect(
        at(scoped(['deny', 'validation.gatekeeper.sh'], ['warn', 'audit.gatekeeper.sh', 'validation.gatekeeper.sh'])),
      ).to.deep.equal(['deny+warn', 'warn', '']);
      expect(at(scoped(['warn', '*'], ['warn', 'gator.gatekeeper.sh'], ['deny', 'gator.gatekeeper.sh']))).to.deep.equal(
        ['warn', 'warn', 'warn+deny'],
      );
    });

    it('refuses what Gatekeeper would not enforce', () => {
      expect(ofSpec({ enforcementAction: 'denny' })).to.deep.equal([
        'ConstraintSchema | spec.enforcementAction | denny | one of deny, warn, dryrun, scoped | -> deny',
      ]);
      expect(ofSpec({ enforcementAction: 'scoped' })).to.deep.equal([
        'ConstraintSchema | spec.scopedEnforcementActions | nothing | a list of {action, enforcementPoints}, as enforcementAction is scoped',
      ]);
      expect(ofSpec(scoped(['block', 'audit.gatekeper.sh'], ['deny']))).to.deep.equal([
        'ConstraintSchema | spec.scopedEnforcementActions[0].action | block | one of deny, warn, dryrun',
        'ConstraintSchema | spec.scopedEnforcementActions[0].enforcementPoints[0].name | audit.gatekeper.sh | one of validation.gatekeeper.sh, audit.gatekeeper.sh, gator.gatekeeper.sh, vap.k8s.io, * | -> audit.gatekeeper.sh',
        'ConstraintSchema | spec.scopedEnforcementActions[1].enforcementPoints | [] | a list of {name}: validation.gatekeeper.sh, audit.gatekeeper.sh, gator.gatekeeper.sh, vap.k8s.io, *',
      ]);
      expect(
        ofSpec({ enforcementAction: 'scoped', scopedEnforcementActions: [{ enforcementPoints: [{}] }] }),
      ).to.deep.equal([
        'ConstraintSchema | spec.scopedEnforcementActions[0].action | nothing | one of deny, warn, dryrun',
        'ConstraintSchema | spec.scopedEnforcementActions[0].enforcementPoints[0].name | nothing | one of validation.gatekeeper.sh, audit.gatekeeper.sh, gator.gatekeeper.sh, vap.k8s.io, *',
      ]);
    });
  });

  const wrong: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      'keys that nothing reads',
      { matches: {}, match: { kind: [], kinds: [{ versions: ['v1'] }] } },
      [
        'ConstraintUnknownKey | spec.matches | matches | keys are match, parameters, enforcementAction, scopedEnforcementActions | -> match',
        'ConstraintUnknownKey | spec.match.kind | kind | keys are source, kinds, scope, namespaces, excludedNamespaces, labelSelector, namespaceSelector, name | -> kinds',
        'ConstraintUnknownKey | spec.match.kinds[0].versions | versions | keys are apiGroups, kinds',
      ],
    ],
    [
      'globs that are none',
      { match: { namespaces: ['Shop', 'a*b', null], excludedNamespaces: ['a_b'], name: 'A' } },
      [
        'ConstraintSchema | spec.match.namespaces[0] | Shop | a name, or one with * at either end, as kube-* and *-system',
        'ConstraintSchema | spec.match.namespaces[1] | a*b | a name, or one with * at either end, as kube-* and *-system',
        'ConstraintSchema | spec.match.namespaces[2] | nothing | a text',
        'ConstraintSchema | spec.match.excludedNamespaces[0] | a_b | a name, or one with * at either end, as kube-* and *-system',
        'ConstraintSchema | spec.match.name | A | a name, or one with * at either end, as kube-* and *-system',
      ],
    ],
    [
      'words that are none',
      { match: { scope: 'Namespace', source: 'all' } },
      [
        'ConstraintSchema | spec.match.scope | Namespace | one of *, Namespaced, Cluster, "" | -> Namespaced',
        'ConstraintSchema | spec.match.source | all | one of All, Original, Generated | -> All',
      ],
    ],
    [
      'selectors that Kubernetes does not take',
      {
        match: {
          labelSelector: { matchLabels: { a: 1 } },
          namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'in' }] },
        },
      },
      [
        'ConstraintInvalid | spec.match.labelSelector.matchLabels.a | 1 | a text',
        'ConstraintInvalid | spec.match.namespaceSelector.matchExpressions[0].operator | in | one of In, NotIn, Exists, DoesNotExist | -> In',
      ],
    ],
    [
      'parameters that do not fit the schema',
      { parameters: { labels: 'a', mod: 'x' } },
      [
        'ConstraintUnknownKey | spec.parameters.mod | mod | keys are labels, mode | -> mode',
        'ConstraintParameters | spec.parameters.labels | a | of type array',
      ],
    ],
    [
      'parameters that are null',
      { parameters: null },
      ['ConstraintParameters | spec.parameters | nothing | of type object'],
    ],
    [
      'lists and maps that are others',
      { match: [], parameters: [] },
      [
        'ConstraintUnknownKey | spec.match | [] | a map',
        'ConstraintParameters | spec.parameters | [] | of type object',
      ],
    ],
  ];
  for (const [title, spec, expected] of wrong) {
    it(`refuses ${title}`, () => {
      expect(ofSpec(spec)).to.deep.equal(expected);
    });
  }

  it('refuses a name, a version and a kind that Gatekeeper does not take', () => {
    expect(problems(template, writtenConstraint({}, 'Not_DNS', 'K8sShop', 'v1'))).to.deep.equal([
      'ConstraintInvalid | apiVersion | constraints.gatekeeper.sh/v1 | one of constraints.gatekeeper.sh/v1beta1, constraints.gatekeeper.sh/v1alpha1',
      'ConstraintInvalid | metadata.name | Not_DNS | a DNS name (RFC 1123) of at most 63 characters',
    ]);
    expect(problems(template, writtenConstraint({}, 'a'.repeat(64)))).to.have.length(1);
    expect(problems(template, writtenConstraint({}, ''))).to.deep.equal([
      'ConstraintInvalid | metadata.name | "" | a text'.replace('""', ''),
    ]);
  });

  it('matches objects by what made them', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
    const matches = (source: Source | undefined, of: 'Original' | 'Generated'): string => {
      const { match } = constraintOf(source === undefined ? {} : { match: { source } }) ?? {};
      if (match === undefined) throw new Error('no match');
      return matchConstraint(match, { objects: [pod], namespace: undefined }, of).outcome;
    };
    const rows = [undefined, 'All', 'Original', 'Generated'] as const;
    expect(rows.map((source) => [matches(source, 'Original'), matches(source, 'Generated')])).to.deep.equal([
      ['matched', 'matched'],
      ['matched', 'matched'],
      ['matched', 'unmatched'],
      ['unmatched', 'matched'],
    ]);
  });
});
