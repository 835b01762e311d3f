import { expect } from 'chai';
import type { Problem } from '../../../../runtime/problem.ts';
import { Field, writePath } from '../../../../settings/policies/field.ts';

function read<T>(
  value: unknown,
  reader: (field: Field) => T,
): { readonly read: T; readonly problems: readonly string[] } {
  const problems: Problem[] = [];
  const result = reader(new Field(value, [], { code: 'Wrong', problems, locate: writePath }));
  return {
    read: result,
    problems: problems.map((problem) =>
      [problem.field, problem.value, problem.allowed, ...(problem.nearest === undefined ? [] : [problem.nearest])].join(
        ' | ',
      ),
    ),
  };
}

describe('settings/policies/field', () => {
  it('reads what is there, and gives the empty value for what is not', () => {
    const written = { a: 'x', list: ['y'], map: { k: 'v' }, flag: true, word: 'on' };
    expect(
      read(written, (field) => [
        field.at('a').text(),
        field.at('list').texts(),
        field.at('map').textsByKey(),
        field.at('flag').flag(),
        field.at('word').oneOf(['on', 'off']),
        field.at('none').text(),
        field.at('none').texts(),
        field.at('none').textsByKey(),
        field.at('none').flag(),
        field.at('none').oneOf(['on', 'off']),
        field.at('none').at('deeper').isAbsent,
      ]),
    ).to.deep.equal({
      read: ['x', ['y'], { k: 'v' }, true, 'on', '', [], {}, undefined, undefined, true],
      problems: [],
    });
  });

  it('reports every value of a wrong type, each where it stands', () => {
    const written = { a: 1, list: 'y', items: ['z', 2, null], map: { k: 3, 'a.b/c': null }, flag: 'yes', word: 'onn' };
    expect(
      read(written, (field) => {
        field.at('a').text();
        field.at('list').texts();
        field.at('items').texts();
        field.at('map').textsByKey();
        field.at('flag').flag();
        field.at('word').oneOf(['on', 'off']);
        field.at('must').text('required');
        return field.at('a').entries();
      }),
    ).to.deep.equal({
      read: [],
      problems: [
        'a | 1 | a text',
        'list | y | a list',
        'items[1] | 2 | a text',
        'items[2] | nothing | a text',
        'map.k | 3 | a text',
        'map[a.b/c] | nothing | a text',
        'flag | yes | true or false',
        'word | onn | one of on, off | on',
        'must | nothing | a text',
        'a | 1 | a map',
      ],
    });
  });

  it('names keys that are not known, with the nearest that is', () => {
    expect(read({ kinds: [], scpoe: 'x', zzz: 1 }, (field) => field.entries(['kinds', 'scope']).length)).to.deep.equal({
      read: 3,
      problems: ['scpoe | scpoe | keys are kinds, scope | scope', 'zzz | zzz | keys are kinds, scope'],
    });
  });

  it('takes no key from a prototype', () => {
    expect(read({}, (field) => field.at('constructor').isAbsent && field.at('__proto__').isAbsent).read).to.equal(true);
  });

  it('shows whole numbers that a double does not hold', () => {
    expect(
      read({ a: 9007199254740993n, b: [9007199254740993n] }, (field) => {
        field.at('a').text();
        field.at('b').text();
      }).problems,
    ).to.deep.equal(['a | 9007199254740993 | a text', 'b | ["9007199254740993"] | a text']);
  });
});
