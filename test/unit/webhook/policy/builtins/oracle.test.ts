import { expect } from 'chai';
import { RegoObject, RegoSet } from '../../../../../webhook/policy/value/value.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { object } from './corpus.ts';
import { askOpa, compareWithOpa, findOpa } from './oracle.ts';

describe('policy/builtins oracle', () => {
  let opa = '';
  before(async function () {
    this.timeout(600_000);
    opa = await findOpa();
  });

  it('hands OPA any value and gets it back: sets, keys of any type, unicode, every digit', async () => {
    const values: readonly Value[] = [
      null,
      'plain',
      'quotes " \\ and controls \u0000\u0007\b\f\n\r\t\u000b\u001f\u007f\u0085\u00a0\u2028 and \u{1f600}\ufeff',
      12345678901234567890123n,
      0.1,
      [],
      new RegoSet([]),
      new RegoSet([1, new RegoSet([2]), [new RegoSet(['a'])]]),
      new RegoObject([]),
      new RegoObject([
        [new RegoSet([1]), 'set'],
        [1, [null, true]],
      ]),
    ];
    const calls = values.map((value) => ({ name: 'object.get', args: [new RegoObject([[1, value]]), 1, 'none'] }));
    expect(await askOpa(opa, calls)).to.deep.equal(values);
  });

  it('tells an undefined result from any value, and one call from another', async () => {
    const calls = [
      { name: 'lower', args: [1] },
      { name: 'lower', args: ['A'] },
      { name: 'cast_set', args: [[2, 2]] },
      { name: 'upper', args: ['a'] },
      { name: 'to_number', args: [null] },
      { name: 'to_number', args: ['x'] },
    ];
    expect(await askOpa(opa, calls)).to.deep.equal([undefined, 'a', new RegoSet([2]), 'A', 0, undefined]);
  });

  it('goes on when OPA dies of a call', async () => {
    const calls = ['', '/a', ''].map((path) => ({
      name: 'json.patch',
      args: [object({ a: 1 }), [object({ op: 'remove', path })]],
    }));
    expect(await askOpa(opa, calls)).to.deep.equal([undefined, object({}), undefined]);
  });

  it('catches built-ins that answer a set as an array, a value as undefined, undefined as a value', async () => {
    const wrong = { cast_set: () => [1], lower: () => undefined, upper: () => '' };
    const right = { cast_set: () => new RegoSet([1]), lower: () => 'a', upper: () => undefined };
    const calls = [
      { name: 'cast_set', args: [[1]] },
      { name: 'lower', args: ['A'] },
      { name: 'upper', args: [1] },
    ];
    expect((await compareWithOpa(opa, wrong, calls)).disagreements.map(({ call }) => call.name)).to.deep.equal([
      'cast_set',
      'lower',
      'upper',
    ]);
    expect(await compareWithOpa(opa, right, calls)).to.deep.equal({ calls: 3, defined: 2, disagreements: [] });
  });
});
