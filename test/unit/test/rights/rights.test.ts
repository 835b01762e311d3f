import { expect } from 'chai';
import fc from 'fast-check';
import { rightsOf, ruleOf, textOf, withoutRight, type Rule } from '../../../rights/rights.ts';

const texts = (rules: readonly Rule[]): readonly string[] => rightsOf(rules).map(textOf);

describe('Rights', () => {
  it('are each verb on each name of each resource of each group', () => {
    const rule = {
      apiGroups: ['', 'apps'],
      resources: ['secrets', 'deployments/scale'],
      resourceNames: ['a', 'b'],
      verbs: ['get', 'update'],
    };
    expect(texts([rule])).to.have.lengthOf(16);
    expect(texts([rule])).to.include.members(['get /secrets/a', 'update apps/deployments/scale/b']);
  });

  it('are on every name where none is named, as the API server reads it', () => {
    const every = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };
    expect(texts([every])).to.deep.equal(['list /pods/*']);
    expect(texts([{ ...every, resourceNames: [] }])).to.deep.equal(['list /pods/*']);
  });

  it('are those on paths too, and a wildcard is a right of its own', () => {
    expect(texts([{ nonResourceURLs: ['/metrics'], verbs: ['get'] }])).to.deep.equal(['get path /metrics']);
    expect(texts([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])).to.deep.equal(['* */*/*']);
  });

  it('count once, however many rules grant them', () => {
    const rule = { apiGroups: [''], resources: ['pods'], verbs: ['list', 'list'] };
    expect(texts([rule, rule])).to.deep.equal(['list /pods/*']);
  });
});

describe('Taking one right away', () => {
  const secrets: Rule = { apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'], verbs: ['get', 'list'] };
  const pods: Rule = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };

  it('leaves every other right of its rule, and other rules as they are', () => {
    const left = withoutRight([pods, secrets], { verb: 'get', group: '', resource: 'secrets', name: 'b' });
    expect(left[0]).to.equal(pods);
    expect(texts(left)).to.deep.equal(['list /pods/*', 'get /secrets/a', 'list /secrets/a', 'list /secrets/b']);
  });

  it('takes a rule away that granted nothing else, instead of one without names, which would grant every name', () => {
    const one = { ...secrets, resourceNames: ['a'], verbs: ['get'] };
    expect(withoutRight([one], { verb: 'get', group: '', resource: 'secrets', name: 'a' })).to.deep.equal([]);
  });

  it('changes nothing when the right is not there: one name is not every name', () => {
    expect(withoutRight([pods], { verb: 'list', group: '', resource: 'pods', name: 'a' })).to.deep.equal([pods]);
  });

  const word = fc.constantFrom('a', 'b', 'c');
  const some = fc.uniqueArray(word, { minLength: 1, maxLength: 3 });
  const rule = fc.oneof(
    fc.record({ apiGroups: some, resources: some, verbs: some }),
    fc.record({ apiGroups: some, resources: some, resourceNames: some, verbs: some }),
    fc.record({ nonResourceURLs: some, verbs: some }),
  );

  it('takes just that one from any rules', () => {
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), fc.nat(), (rules, index) => {
        const rights = rightsOf(rules);
        const right = rights[index % rights.length]!;
        const left = texts(withoutRight(rules, right));
        expect(left).to.have.members(texts(rules).filter((text) => text !== textOf(right)));
      }),
    );
  });

  it('is the reverse of granting just that one', () => {
    fc.assert(
      fc.property(rule, (each) => {
        for (const right of rightsOf([each])) expect(rightsOf([ruleOf(right)])).to.deep.equal([right]);
      }),
    );
  });
});
