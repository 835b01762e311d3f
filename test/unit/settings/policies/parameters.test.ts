import { expect } from 'chai';
import type { Problem } from '../../../../runtime/problem.ts';
import { readParameters } from '../../../../settings/policies/parameters.ts';

function read(parameters: string | undefined, schema?: string) {
  const problems: Problem[] = [];
  const data = {
    ...(parameters === undefined ? {} : { 'parameters.yaml': parameters }),
    ...(schema === undefined ? {} : { 'parameters.schema.yaml': schema }),
  };
  const json = readParameters(data, problems);
  return { json, problems: problems.map(({ code, field, allowed }) => `${code} ${field}: ${allowed}`) };
}

const schema = `
type: object
required: [team]
properties:
  team: { type: string, pattern: '^[a-z]+$' }
  max: { type: integer, minimum: 1, default: 3 }
  images: { type: array, items: { type: string } }
`;

describe('settings/policies/parameters', () => {
  it('writes YAML as JSON, whose numbers keep every digit', () => {
    expect(read('team: shop\nbig: 12345678901234567890\nlist: [1.5, true, null]\n').json).to.equal(
      '{"team":"shop","big":12345678901234567890,"list":[1.5,true,null]}',
    );
  });

  it('is an empty map when nothing is written', () => {
    for (const text of [undefined, '', '# later\n']) expect(read(text)).to.deep.equal({ json: '{}', problems: [] });
  });

  it('refuses what is no map, several documents, and what JSON does not have', () => {
    expect(read('- a').problems).to.deep.equal(['PolicyParameters parameters.yaml:1:1: a map']);
    expect(read('a: 1\n---\nb: 1\n').problems).to.deep.equal(['PolicyYaml parameters.yaml:3:1: one document']);
    expect(read('a: {b: [.inf]}').problems).to.deep.equal([
      'PolicyParameters parameters.yaml:1:9 a.b[0]: a number that JSON has',
    ]);
    expect(read('a: [').problems[0]).to.match(/^PolicyYaml parameters\.yaml:1:/);
    expect(read('a: 1\na: 2').problems).to.have.length(1);
  });

  it('holds parameters to their schema, all mistakes at once, and fills in its defaults', () => {
    expect(read('team: shop', schema)).to.deep.equal({ json: '{"team":"shop","max":3}', problems: [] });
    expect(read('team: Shop\nmax: 0\nimages: [1]\nteem: x', schema).problems).to.deep.equal([
      'PolicyParameters parameters.yaml:1:1 team: a text that matches ^[a-z]+$',
      'PolicyParameters parameters.yaml:2:1 max: at least 1',
      'PolicyParameters parameters.yaml:3:10 images[0]: of type string',
      'PolicyParameters parameters.yaml:4:1 teem: keys are team, max, images',
    ]);
    expect(read(undefined, schema).problems).to.deep.equal([
      'PolicyParameters parameters.yaml team: a value; it is required',
    ]);
  });

  it('refuses a schema that is none, and then says nothing of the parameters', () => {
    expect(read('team: 1', 'type: object\nproperties: {team: {type: text}}').problems).to.have.length(1);
    expect(read('team: 1', 'type: array\nitems: {type: string}').problems[0]).to.match(
      /^PolicySchema parameters\.schema\.yaml:1:1 type: object/,
    );
    expect(
      read('a: 1', 'type: object\nproperties: {a: {$ref: "file:///etc/passwd", type: string}}').problems[0],
    ).to.match(/^PolicySchema parameters\.schema\.yaml:2:\d+ properties\.a\[\$ref\]: nothing/);
    expect(read('a: 1', '- x').problems).to.deep.equal(['PolicySchema parameters.schema.yaml:1:1: a map']);
  });

  it('lets no regular expression of a schema run away', () => {
    const evil = 'type: object\nproperties: {a: {type: string, pattern: "^(a+)+$"}}';
    const before = process.cpuUsage();
    expect(read(`a: ${'a'.repeat(5_000)}!`, evil).problems).to.have.length(1);
    expect(process.cpuUsage(before).user / 1e6, 'seconds of CPU').to.be.below(5);
  });
});
