import { expect } from 'chai';
import fc from 'fast-check';
import { outlineRego } from '../../../../../../settings/policies/gatekeeper/rego/outline.ts';
import { readTokens } from '../../../../../../settings/policies/gatekeeper/rego/tokens.ts';

const paths = (references: readonly { readonly path: readonly string[] }[]): readonly string[] =>
  references.map(({ path }) => path.join('.'));

describe('settings/policies/gatekeeper/rego/outline', () => {
  it('finds package, imports, rules, references and calls of Rego v0', () => {
    const outline = outlineRego(
      [
        '# package no.this',
        'package shop["a-b"].owner',
        'import data.lib.labels as l',
        'import future.keywords.in',
        '',
        'default allowed = false',
        'violation[{"msg": msg}] {',
        '  team := input.data.team   # data.comment',
        '  not data.inventory.cluster["v1"].Namespace[team]',
        '  msg := sprintf("data.text %v", [l.name(team)])',
        '}',
        'helper(x) = y { y := data["lib"].x }',
      ].join('\n'),
    );
    expect(outline.package).to.deep.include({ path: ['shop', 'a-b', 'owner'], line: 2, column: 9 });
    expect(paths(outline.imports)).to.deep.equal(['data.lib.labels', 'future.keywords.in']);
    expect([...outline.rules]).to.deep.equal(['allowed', 'violation', 'helper']);
    expect(outline.dataReferences).to.deep.equal([
      { path: ['data', 'inventory', 'cluster', 'v1', 'Namespace'], line: 9, column: 7 },
      { path: ['data', 'lib', 'x'], line: 12, column: 22 },
    ]);
    expect([...outline.calls.keys()]).to.deep.equal(['sprintf', 'l.name', 'helper']);
  });

  it('finds the rules of Rego v1, and those that share a line', () => {
    const outline = outlineRego('package x\nviolation contains v if { v := 1 } a if true\nb := 2\nelse := 3\n');
    expect([...outline.rules]).to.include.members(['violation', 'a', 'b']);
  });

  it('sees references within interpolated strings, and none within others', () => {
    const text =
      'package x\na := $"{data.one} \\{data.two} {f({"k": data.three})}"\nb := "{data.four}"\nc := `data.five`\n';
    expect(paths(outlineRego(text).dataReferences)).to.deep.equal(['data.one', 'data.three']);
  });

  it('takes data alone, data by a variable and data in an object for references', () => {
    expect(paths(outlineRego('package x\na { data }\nb { data[k].x }\nc := {data: 1}').dataReferences)).to.deep.equal([
      'data',
      'data',
      'data',
    ]);
  });

  it('knows nothing after a string without an end', () => {
    expect([...outlineRego('package x\na := "open\nviolation { true }').rules]).to.deep.equal(['a']);
  });

  it('finds nothing in nothing', () => {
    expect(outlineRego('')).to.deep.include({ package: undefined, imports: [], dataReferences: [] });
    expect(outlineRego('package').package).to.equal(undefined);
  });

  it('reads tokens of any text at their own places, and comes to an end', () => {
    const part = fc.constantFrom(
      'data',
      '.',
      '[',
      ']',
      '{',
      '}',
      '"a"',
      '`b`',
      '$"',
      '"',
      '\\',
      '\n',
      ' ',
      '#',
      '12',
      'é',
      'if',
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        const lines = text.split('\n');
        for (const { kind, text: of, line, column, start, end } of readTokens(text)) {
          const written = text.slice(start, end);
          expect(kind === 'string' ? /^(["`]).*\1$/s.test(written) : written === of).to.equal(true);
          expect(lines.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0) + column - 1).to.equal(start);
        }
      }),
    );
  });
});
