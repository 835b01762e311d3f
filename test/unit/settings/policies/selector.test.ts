import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../../../../runtime/problem.ts';
import { Field, writePath } from '../../../../settings/policies/field.ts';
import { readSelector, selects, selectsAll } from '../../../../settings/policies/selector.ts';
import type { LabelExpression } from '../../../../settings/policies/types.ts';

function found(value: unknown): readonly string[] {
  const problems: Problem[] = [];
  readSelector(new Field(value, [], { code: 'Wrong', problems, locate: writePath }));
  return problems.map(({ field, value: written, allowed }) => `${field} | ${written} | ${allowed}`);
}

const key = fc.constantFrom('app', 'tier', 'team');
const value = fc.constantFrom('a', 'b', 'c');
const labels = fc.dictionary(key, value);
const expression: fc.Arbitrary<LabelExpression> = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.array(value, { minLength: 1 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const), values: fc.constant([]) }),
);

const opposite = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' } as const;

describe('settings/policies/selector', () => {
  it('selects by labels and expressions, all of which must hold', () => {
    const selector = {
      matchLabels: { app: 'shop' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['web', 'api'] },
        { key: 'team', operator: 'Exists', values: [] },
        { key: 'legacy', operator: 'DoesNotExist', values: [] },
        { key: 'zone', operator: 'NotIn', values: ['x'] },
      ],
    } as const;
    const good = { app: 'shop', tier: 'web', team: 'a' };
    expect(selects(selector, good)).to.equal(true);
    for (const bad of [
      { ...good, app: 'cart' },
      { ...good, tier: 'db' },
      { app: 'shop', tier: 'web' },
      { ...good, legacy: '' },
      { ...good, zone: 'x' },
      {},
    ]) {
      expect(selects(selector, bad), JSON.stringify(bad)).to.equal(false);
    }
  });

  it('selects everything when it says nothing, and takes no label from a prototype', () => {
    const empty = { matchLabels: {}, matchExpressions: [] };
    expect(selectsAll(empty)).to.equal(true);
    expect(selects(empty, {})).to.equal(true);
    expect(
      selects({ ...empty, matchExpressions: [{ key: 'constructor', operator: 'Exists', values: [] }] }, {}),
    ).to.equal(false);
  });

  it('holds an expression exactly where its opposite does not', () => {
    fc.assert(
      fc.property(expression, labels, (one, given) => {
        const of = (operator: LabelExpression['operator']): boolean =>
          selects({ matchLabels: {}, matchExpressions: [{ ...one, operator }] }, given);
        expect(of(one.operator)).to.equal(!of(opposite[one.operator]));
      }),
    );
  });

  it('selects less with every part that is added', () => {
    fc.assert(
      fc.property(fc.array(expression), expression, labels, labels, (some, more, matchLabels, given) => {
        const without = selects({ matchLabels, matchExpressions: some }, given);
        const withMore = selects({ matchLabels, matchExpressions: [...some, more] }, given);
        expect(withMore && !without).to.equal(false);
      }),
    );
  });

  it('reads a label as the expression that it stands for', () => {
    fc.assert(
      fc.property(labels, labels, (matchLabels, given) => {
        const matchExpressions = Object.entries(matchLabels).map(([name, of]) => ({
          key: name,
          operator: 'In' as const,
          values: [of],
        }));
        expect(selects({ matchLabels, matchExpressions: [] }, given)).to.equal(
          selects({ matchLabels: {}, matchExpressions }, given),
        );
      }),
    );
  });

  it('reports everything that Kubernetes would not take', () => {
    expect(
      found({
        matchLabels: { 'bad key': 'x', app: 'bad value', tier: 1 },
        matchExpressions: [
          { key: 'a', operator: 'in', values: ['x'] },
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { operator: 'NotIn', values: ['bad value'], value: 'x' },
          { key: '/', operator: 'DoesNotExist' },
        ],
        labels: {},
      }),
    ).to.deep.equal([
      'labels | labels | keys are matchLabels, matchExpressions',
      'matchLabels.tier | 1 | a text',
      'matchLabels[bad key] | bad key | a label key as Kubernetes accepts it',
      'matchLabels.app | bad value | a label value as Kubernetes accepts it',
      'matchExpressions[0].operator | in | one of In, NotIn, Exists, DoesNotExist',
      'matchExpressions[1].values | nothing | at least one value, as the operator is In',
      'matchExpressions[2].values | ["x"] | no value, as the operator is Exists',
      'matchExpressions[3].value | value | keys are key, operator, values',
      'matchExpressions[3].key | nothing | a text',
      'matchExpressions[3].values[0] | bad value | a label value as Kubernetes accepts it',
      'matchExpressions[4].key | / | a label key as Kubernetes accepts it',
    ]);
  });
});
