import { expect } from 'chai';
import type { Problem } from '../../../../runtime/problem.ts';
import { readMetadata } from '../../../../settings/policies/metadata.ts';

function read(...texts: readonly string[]) {
  const problems: Problem[] = [];
  const files = texts.map((text, at) => ({ name: `p${at}.rego`, text }));
  const values = readMetadata(files, problems).map(({ field, value }) => [field, value]);
  return { values, problems: problems.map(({ code, field, value }) => `${code} ${field} ${value}`) };
}

describe('settings/policies/metadata', () => {
  it('reads custom.remora with the place of each key', () => {
    const text = `# METADATA
# title: Owners
# custom:
#   remora:
#     kinds: [Pod, apps/Deployment]
#     enforcement: warn
package shop
`;
    expect(read(text)).to.deep.equal({
      values: [
        ['p0.rego:5:7 custom.remora.kinds', ['Pod', 'apps/Deployment']],
        ['p0.rego:6:7 custom.remora.enforcement', 'warn'],
      ],
      problems: [],
    });
  });

  it('reads it in flow style, of a rule, with lines as on Windows, and beside code', () => {
    expect(read('#METADATA\n#custom: {remora: {kinds: Pod}}\npackage a').values).to.deep.equal([
      ['p0.rego:2:20 custom.remora.kinds', 'Pod'],
    ]);
    expect(
      read('package a\r\n\r\n  # METADATA\r\n  # custom:\r\n  #   remora: {kinds: Pod}\r\nx := 1').values,
    ).to.deep.equal([['p0.rego:5:16 custom.remora.kinds', 'Pod']]);
    expect(read('package a # METADATA\n# custom: {remora: {kinds: Pod}}\n').values).to.have.length(1);
  });

  it('takes a block to its last line, as OPA does', () => {
    const text = '# METADATA\n# custom:\n#   remora: {kinds: Pod}\n\n# custom: {remora: {kinds: Service}}\npackage a';
    expect(read(text).values).to.deep.equal([['p0.rego:3:14 custom.remora.kinds', 'Pod']]);
  });

  it('takes nothing for METADATA that is none: within strings, of others, without remora', () => {
    const texts = [
      'package a\nx := `\n# METADATA\n# custom: {remora: {kinds: Pod}}\n`',
      'package a\nx := "# METADATA"\n# custom: {remora: {kinds: Pod}}',
      '# custom: {remora: {kinds: Pod}}\npackage a',
      '# METADATA\n# custom: {other: {remora: x}}\npackage a',
      '# METADATA\n# remora: {kinds: Pod}\npackage a',
      '# METADATA\n# title: a: b: c\npackage a',
      '',
    ];
    for (const text of texts) expect(read(text), text).to.deep.equal({ values: [], problems: [] });
  });

  it('reads every block that has it', () => {
    const block = (key: string) => `# METADATA\n# custom: {remora: {${key}: x}}\n`;
    expect(
      read(`${block('kinds')}package a\n${block('selector')}y := 1`, `${block('kinds')}package b`).values,
    ).to.deep.equal([
      ['p0.rego:2:21 custom.remora.kinds', 'x'],
      ['p0.rego:5:21 custom.remora.selector', 'x'],
      ['p1.rego:2:21 custom.remora.kinds', 'x'],
    ]);
  });

  it('reports what is no YAML, and what is no map, with line and column', () => {
    expect(read('package a\n# METADATA\n# custom: {remora: [}\nx := 1').problems[0]).to.match(
      /^PolicyYaml p0\.rego:3:/,
    );
    expect(read('# METADATA\n# custom: {remora: 1}\npackage a').problems).to.deep.equal([
      'InvalidPolicy p0.rego:2:12 custom.remora 1',
    ]);
  });

  it('reads no more than 20 blocks, and says so', () => {
    const text = '# METADATA\n# custom: {remora: {kinds: x}}\nx := 1\n'.repeat(10_000);
    const before = process.cpuUsage();
    const found = read(text);
    expect(process.cpuUsage(before).user / 1e6, 'seconds of CPU').to.be.below(5);
    expect(found.values).to.have.length(20);
    expect(found.problems).to.deep.equal(['InvalidPolicy p0.rego:62 10000 METADATA blocks that name remora']);
  });
});
