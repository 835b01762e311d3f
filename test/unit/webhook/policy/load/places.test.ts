import { expect } from 'chai';
import { placedInTemplate } from '../../../../../webhook/policy/load/places.ts';
import type { RegoProblem } from '../../../../../webhook/policy/types.ts';

const template = {
  kind: 'K8sShop',
  places: [
    { name: 'template.rego', file: 'policy.yaml', line: 21, column: 9 },
    { name: 'lib-0.rego', file: 'policy.yaml', line: 11, column: 11 },
  ],
};

function at(file: string, line: number, column: number): RegoProblem {
  return { code: 'InvalidRego', file, line, column, message: 'm', source: 's' };
}

describe('policy/load: places of problems in a template', () => {
  const table: readonly (readonly [
    what: string,
    of: readonly [file: string, line: number, column: number],
    is: readonly [file: string, line: number, column: number],
  ])[] = [
    ['the first character', ['template.rego', 1, 1], ['policy.yaml', 21, 9]],
    ['a later line and column', ['template.rego', 5, 3], ['policy.yaml', 25, 11]],
    ['a lib', ['lib-0.rego', 2, 1], ['policy.yaml', 12, 11]],
    ['a line without a column', ['template.rego', 5, 0], ['policy.yaml', 25, 0]],
    ['the whole text', ['template.rego', 0, 0], ['policy.yaml', 21, 0]],
    ['a text whose place is not known, as one in quotes', ['lib-1.rego', 2, 1], ['lib-1.rego', 2, 1]],
    ['no text at all', ['', 0, 0], ['', 0, 0]],
  ];
  for (const [what, of, [file, line, column]] of table) {
    it(`${what}: ${of.join(':')} is ${file}:${line}:${column}`, () => {
      expect(placedInTemplate(at(...of), template)).to.deep.equal(at(file, line, column));
    });
  }

  it('say of an answer that is none what the template has to give', () => {
    expect(placedInTemplate(at('gatekeeper.rego', 5, 1), template)).to.deep.equal({
      ...at('policy.yaml', 0, 0),
      message: 'the rule violation of K8sShop gives something else than objects with msg: m',
      source: '',
    });
    expect(placedInTemplate(at('gatekeeper.rego', 5, 1), { ...template, places: [] }).file).to.equal('');
  });
});
