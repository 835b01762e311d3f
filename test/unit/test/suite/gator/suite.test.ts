import { expect } from 'chai';
import { readYaml } from '../../../../../settings/policies/yaml/documents.ts';
import { isSuite, readSuite } from '../../../../suite/gator/suite.ts';

function read(text: string): ReturnType<typeof readSuite> {
  const [document] = readYaml('suite.yaml', text, 'SuiteInvalid').documents;
  if (document === undefined) throw new Error('no document');
  return readSuite(document);
}

describe('test/suite/gator/suite', () => {
  it('reads tests, cases and assertions as gator does, with its defaults', () => {
    const { suite, problems } = read(
      [
        'kind: Suite',
        'apiVersion: test.gatekeeper.sh/v1alpha1',
        'metadata: {name: any}',
        'tests:',
        '  - name: one',
        '    template: template.yaml',
        '    constraint: constraint.yaml',
        '    expansion: expansion.yaml',
        '    cases:',
        '      - name: first',
        '        object: object.yaml',
        '        inventory: [a.yaml, b.yaml]',
        '        assertions: [{violations: no}, {violations: 2, message: x}, {message: y}, {violations: yes}]',
        '      - {name: second, object: object.yaml, skip: true, assertions: [{}]}',
        '  - {name: two, template: t, constraint: c, invalid: true, skip: true}',
      ].join('\n'),
    );
    expect(problems).to.deep.equal([]);
    expect(suite).to.deep.equal({
      isSkipped: false,
      tests: [
        {
          name: 'one',
          template: 'template.yaml',
          constraint: 'constraint.yaml',
          expansion: 'expansion.yaml',
          isInvalid: false,
          isSkipped: false,
          cases: [
            {
              name: 'first',
              object: 'object.yaml',
              inventory: ['a.yaml', 'b.yaml'],
              isSkipped: false,
              assertions: [
                { violations: 'no', message: undefined },
                { violations: 2, message: 'x' },
                { violations: 'yes', message: 'y' },
                { violations: 'yes', message: undefined },
              ],
            },
            {
              name: 'second',
              object: 'object.yaml',
              inventory: [],
              isSkipped: true,
              assertions: [{ violations: 'yes', message: undefined }],
            },
          ],
        },
        { name: 'two', template: 't', constraint: 'c', expansion: '', isInvalid: true, isSkipped: true, cases: [] },
      ],
    });
  });

  it('reports what is missing, misspelt, or asserts nothing', () => {
    const { problems } = read(
      [
        'kind: Suite',
        'apiVersion: test.gatekeeper.sh/v1alpha1',
        'test: []',
        'tests:',
        '  - {name: one, template: t, cases: [{name: a, assertion: [], object: o}]}',
        '  - name: two',
        '    template: t',
        '    constraint: c',
        '    cases:',
        '      - {name: b, object: o, assertions: [{violations: -1}, {violations: true}, {violation: yes}]}',
      ].join('\n'),
    );
    expect(
      problems.map(({ field, value, allowed }) => `${field.replace(/^\S+ /, '')} | ${value} | ${allowed}`),
    ).to.deep.equal([
      'test | test | keys are apiVersion, kind, metadata, tests, skip',
      'tests[0].constraint | nothing | a text',
      'tests[0].cases[0].assertion | assertion | keys are name, object, inventory, assertions, skip',
      'tests[0].cases[0].assertions | nothing | at least one assertion',
      'tests[1].cases[0].assertions[0].violations | -1 | yes, no, or a whole number',
      'tests[1].cases[0].assertions[1].violations | true | yes, no, or a whole number',
      'tests[1].cases[0].assertions[2].violation | violation | keys are violations, message',
    ]);
  });

  it('knows a suite by its group and kind', () => {
    const known = (text: string): boolean => readYaml('a', text, 'x').documents.some(isSuite);
    expect(known('kind: Suite\napiVersion: test.gatekeeper.sh/v1alpha1')).to.equal(true);
    expect(known('kind: Suite\napiVersion: test.gatekeeper.sh/v1')).to.equal(true);
    expect(known('kind: Suite\napiVersion: other.example/v1')).to.equal(false);
    expect(known('kind: Test\napiVersion: test.gatekeeper.sh/v1alpha1')).to.equal(false);
    expect(known('[1]')).to.equal(false);
  });
});
