import { expect } from 'chai';
import { askedBy, withExpansions } from '../../../../control/policies/asked.ts';
import type { AskedConfigMap, AskedExpansion } from '../../../../control/policies/asked.ts';
import type { Asked } from '../../../../control/policies/rules.ts';
import { readPolicy } from '../../../../settings/policies/document.ts';
import type { PolicyOperation } from '../../../../settings/policies/types.ts';
import { writtenConstraint, writtenTemplate } from '../../settings/policies/gatekeeper/write.ts';

const pods = { apiGroups: [''], kinds: ['Pod'] };
const workloads = { apiGroups: ['apps'], kinds: ['Deployment', 'ReplicaSet'] };

function askedIn(
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
  isForAll = true,
): AskedConfigMap {
  const labels = { 'remora.dev/policy': 'true' };
  const read = readPolicy({ namespace: 'shop', name: 'p', labels, annotations, data, binaryKeys: [] });
  if (read.outcome === 'refused') throw new Error(JSON.stringify(read.problems));
  return askedBy(read.document, isForAll);
}

describe('control/policies/asked: what a ConfigMap asks the API server about', () => {
  it('a policy in Rego: its kinds and operations, for all or for its namespace', () => {
    const data = { 'a.rego': 'package shop\n\ndeny contains "no" if input.object.x\n' };
    const annotations = {
      'remora.dev/policy-kinds': 'Pod,apps/Deployment',
      'remora.dev/policy-operations': 'CREATE,DELETE',
    };
    for (const isForAll of [true, false]) {
      expect(askedIn(data, annotations, isForAll)).to.deep.equal({
        policies: [
          {
            kinds: [pods, { apiGroups: ['apps'], kinds: ['Deployment'] }],
            operations: ['CREATE', 'DELETE'],
            isForAll,
          },
        ],
        expansions: [],
      });
    }
  });

  it('Gatekeeper’s: the kinds of each constraint, with the operations of its template', () => {
    const deleting = writtenTemplate({ kind: 'Deleting', target: { operations: ['DELETE'] } });
    const documents = [
      writtenTemplate(),
      deleting,
      writtenConstraint({ match: { kinds: [pods] } }, 'one'),
      writtenConstraint({}, 'two', 'Deleting'),
    ];
    expect(askedIn({ 'a.yaml': documents.join('---\n') }).policies).to.deep.equal([
      { kinds: [pods], operations: ['CREATE', 'UPDATE'], isForAll: true },
      { kinds: [], operations: ['DELETE'], isForAll: true },
    ]);
  });

  it('an ExpansionTemplate: what is expanded, and to what', () => {
    const written = JSON.stringify({
      apiVersion: 'expansion.gatekeeper.sh/v1beta1',
      kind: 'ExpansionTemplate',
      metadata: { name: 'pods' },
      spec: {
        applyTo: [
          { groups: ['apps'], versions: ['v1'], kinds: ['Deployment', 'ReplicaSet'] },
          { groups: ['batch'], versions: ['v1'], kinds: ['Job'] },
        ],
        templateSource: 'spec.template',
        generatedGVK: { version: 'v1', kind: 'Pod' },
      },
    });
    expect(askedIn({ 'a.yaml': written })).to.deep.equal({
      policies: [],
      expansions: [
        {
          kinds: [workloads, { apiGroups: ['batch'], kinds: ['Job'] }],
          generated: { group: '', version: 'v1', kind: 'Pod' },
        },
      ],
    });
  });
});

describe('control/policies/asked: what is asked about because it is expanded', () => {
  const policy = (kind: string, operations: readonly PolicyOperation[] = ['CREATE'], isForAll = true): Asked => ({
    kinds: [{ apiGroups: [''], kinds: [kind] }],
    operations,
    isForAll,
  });
  const expansion = (from: string, to: string): AskedExpansion => ({
    kinds: [{ apiGroups: [''], kinds: [from] }],
    generated: { group: '', kind: to },
  });
  const kindsAsked = (policies: readonly Asked[], expansions: readonly AskedExpansion[]): readonly string[] =>
    withExpansions([
      { policies, expansions: [] },
      { policies: [], expansions },
    ]).map(({ kinds }) => kinds.flatMap((selector) => selector.kinds).join('+'));

  const table: readonly (readonly [
    what: string,
    policies: readonly Asked[],
    expansions: readonly AskedExpansion[],
    asked: readonly string[],
  ])[] = [
    ['nothing without expansions', [policy('Pod')], [], ['Pod']],
    ['nothing by an expansion to something else', [policy('Pod')], [expansion('A', 'B')], ['Pod']],
    ['what is expanded to it', [policy('Pod')], [expansion('Job', 'Pod')], ['Pod', 'Job']],
    ['what several expand to it', [policy('Pod')], [expansion('A', 'Pod'), expansion('B', 'Pod')], ['Pod', 'A+B']],
    [
      'what is expanded to what is expanded to it, in whatever order they stand',
      [policy('Pod')],
      [expansion('CronJob', 'Job'), expansion('Fleet', 'CronJob'), expansion('Job', 'Pod')],
      ['Pod', 'Job', 'CronJob', 'Fleet'],
    ],
    ['an end, where expansions go round', [policy('A')], [expansion('B', 'A'), expansion('A', 'B')], ['A', 'B', 'A']],
    [
      'everything expanded, by a policy for everything',
      [{ kinds: [], operations: ['UPDATE'], isForAll: true }],
      [expansion('Job', 'Pod')],
      ['', 'Job'],
    ],
    [
      'what each policy is for, by itself',
      [policy('Pod'), policy('Secret')],
      [expansion('Job', 'Pod')],
      ['Pod', 'Job', 'Secret'],
    ],
    [
      'nothing by a policy for deletions: what goes is not expanded',
      [policy('Pod', ['DELETE'])],
      [expansion('Job', 'Pod')],
      ['Pod'],
    ],
  ];
  for (const [what, policies, expansions, asked] of table) {
    it(what, () => {
      expect(kindsAsked(policies, expansions)).to.deep.equal(asked);
    });
  }

  it('asks at writes alone, and for the policy’s own reach', () => {
    const [, expanded] = withExpansions([
      {
        policies: [policy('Pod', ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'], false)],
        expansions: [expansion('Job', 'Pod')],
      },
    ]);
    expect(expanded).to.deep.include({ operations: ['CREATE', 'UPDATE'], isForAll: false });
  });
});
