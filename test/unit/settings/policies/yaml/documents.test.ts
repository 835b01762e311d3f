import { expect } from 'chai';
import { stringify } from 'yaml';
import fc from 'fast-check';
import { readYaml } from '../../../../../settings/policies/yaml/documents.ts';
import { yamlLimits } from '../../../../../settings/policies/yaml/guard.ts';

function values(text: string): readonly unknown[] {
  const { documents, problems } = readYaml('p.yaml', text, 'Wrong');
  expect(problems).to.deep.equal([]);
  return documents.map(({ value }) => value);
}

function problems(text: string): readonly string[] {
  const read = readYaml('p.yaml', text, 'Wrong');
  return read.problems.map(({ field, value, allowed }) => `${field} | ${value} | ${allowed}`);
}

describe('settings/policies/yaml/documents', () => {
  it('reads several documents, and leaves out those that hold nothing', () => {
    expect(values('---\na: 1\n---\n---\n# only this\n---\n[b]\n')).to.deep.equal([{ a: 1 }, ['b']]);
    expect(values('')).to.deep.equal([]);
  });

  it('reads scalars as the tools of Kubernetes do', () => {
    const text = [
      'octal: 0644',
      'newOctal: 0o644',
      'hex: 0x1F',
      'gap: 1_000',
      'minus: -5',
      'whole: 1.0',
      'large: 9007199254740993',
      'yes: yes',
      'date: 2026-11-25',
      'version: 1.10',
      'none: ~',
      'base: &base {q: 1}',
      'merged: {<<: *base, r: 2}',
    ].join('\n');
    expect(values(text)).to.deep.equal([
      {
        octal: 420,
        newOctal: 420,
        hex: 31,
        gap: 1000,
        minus: -5,
        whole: 1,
        large: 9007199254740993n,
        yes: 'yes',
        date: '2026-11-25',
        version: 1.1,
        none: null,
        base: { q: 1 },
        merged: { q: 1, r: 2 },
      },
    ]);
  });

  it('reads back whatever the library writes, but for texts that only YAML 1.2 takes for texts', () => {
    const word = fc.string().filter((text) => !/^[-+]?[\db_]+$/.test(text) && text !== '__proto__' && text !== '<<');
    fc.assert(
      fc.property(fc.object({ key: word, values: [word, fc.integer(), fc.boolean(), fc.constant(null)] }), (value) => {
        const [read] = values(stringify(value, { version: '1.2' }));
        expect(read).to.deep.equal(value);
      }),
    );
  });

  it('says where each value stands, as deep as it is there', () => {
    const [first, second] = readYaml('p.yaml', 'a: 1\n---\nspec:\n  list:\n    - x\n    - {b: 2}\n', 'Wrong').documents;
    expect(first?.locate(['a'])).to.equal('p.yaml:1:1 a');
    expect(second?.locate(['spec', 'list', 1, 'b'])).to.equal('p.yaml:6:8 spec.list[1].b');
    expect(second?.locate(['spec', 'list', 1, 'c'])).to.equal('p.yaml:6:7 spec.list[1].c');
    expect(second?.locate(['spec', 'none', 'x'])).to.equal('p.yaml:3:1 spec.none.x');
    expect(second?.locate([])).to.equal('p.yaml:3:1');
  });

  it('says where the lines of a literal block begin, and nothing of other texts', () => {
    const [document] = readYaml(
      'p.yaml',
      'rego: |\n\n    package x\n      y\nfolded: >\n  a\nplain: b\n',
      'Wrong',
    ).documents;
    expect(document?.blockAt(['rego'])).to.deep.equal({ line: 2, column: 5 });
    expect(document?.blockAt(['folded'])).to.equal(undefined);
    expect(document?.blockAt(['plain'])).to.equal(undefined);
    expect(document?.blockAt(['none'])).to.equal(undefined);
  });

  it('reports broken syntax, keys that stand twice and keys that are no text, each at its place', () => {
    expect(problems('a: 1\nb: {a: 1, a: 2}\n')).to.deep.equal(['p.yaml:2:11 | a | YAML 1.2, each key once']);
    expect(problems('? [1]\n: 2\n')).to.deep.equal(['p.yaml:1:3 | a key that is no text | YAML 1.2, each key once']);
    expect(problems('a: [1\n')[0]).to.match(/^p\.yaml:2:1 \| Flow sequence/);
    expect(problems('a: !odd 1\n')[0]).to.match(/^p\.yaml:1:4 \| Unresolved tag/);
    expect(problems('a: *none\n')).to.deep.equal(['p.yaml:1:1 | aliases | aliases that stand for at most 1000 values']);
  });

  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]'].concat(
    ['c', 'd', 'e'].map(
      (name, at) =>
        `${name}: &${name} [${Array(10)
          .fill(`*${'bcd'[at] ?? ''}`)
          .join(',')}]`,
    ),
  );
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ['brackets', '['.repeat(200_000), /^p\.yaml:1:65 .* at most 64 levels$/],
    ['maps in maps', '{a: '.repeat(50_000), /at most 64 levels$/],
    ['lists in lists', '- '.repeat(100_000), /at most 64 levels$/],
    ['keys of keys', '? '.repeat(100_000), /at most 64 levels$/],
    ['words', 'a, '.repeat(300_000).replace(/^/, '['), /at most 200000 words and signs$/],
    ['anchors', '- &a x\n'.repeat(2_000), /at most 1000 anchors$/],
    ['documents', '---\na\n'.repeat(2_000), /at most 1000 documents$/],
    ['aliases of aliases', bomb.join('\n'), /aliases that stand for at most 1000 values$/],
    ['indents', Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'), /stack|levels/],
  ];
  for (const [title, text, expected] of hostile) {
    it(`refuses too many ${title} before they cost much`, () => {
      expect(problems(text)[0]).to.match(expected);
    });
  }

  it('does not count what stands within texts', () => {
    const rego = Array.from({ length: 500 }, () => '  x := "[[[{{{" # - - - - {').join('\n');
    expect(values(`rego: |\n${rego}\nquoted: "${'{['.repeat(500)}"\n`)).to.have.length(1);
    expect(yamlLimits.depth).to.be.lessThan(500);
  });
});
