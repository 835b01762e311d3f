import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');

/** Cells of the rows of the threat table. */
function threats(): readonly (readonly string[])[] {
  const section = page.split('\n## ').find((part) => part.startsWith('Threat table')) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the threat table', () => {
  it('has rows for namespace admin, pod author, compromised pod and compromised node', () => {
    const who = threats().map(([name = '']) => name);
    for (const name of ['namespace admin', 'pod author', 'compromised pod', 'compromised node']) {
      expect(who).to.include(name);
    }
  });

  it('names for each row a test that is there, by its file and its title', () => {
    for (const row of threats()) {
      expect(row, row.join(' | ')).to.have.lengthOf(5);
      expect(whyNoTest(row[4] ?? ''), row.join(' | ')).to.equal(undefined);
    }
  });

  it('would notice a file that is gone, a title that is gone, and one that is not there', () => {
    const file = 'test/unit/docs/security.test.ts';
    expect(whyNoTest('`test/unit/gone.test.ts`: is there')).to.equal('no file test/unit/gone.test.ts');
    expect(whyNoTest(`\`${file}\`: was never written`)).to.equal(`no test "was never written" in ${file}`);
    expect(whyNoTest(`\`${file}\``)).to.equal('no file and title');
    expect(whyNoTest(`\`${file}\`: names for each row a test`)).to.equal(undefined);
  });
});

/** What is wrong with a cell of the column `test`; a title may be the beginning of one. */
function whyNoTest(cell: string): string | undefined {
  const [, path, title] = /^`(test\/.*\.test\.ts)`: (.+)$/.exec(cell) ?? [];
  if (path === undefined || title === undefined) return 'no file and title';
  if (!existsSync(join(root, path))) return `no file ${path}`;
  const source = readFileSync(join(root, path), 'utf8');
  const isThere = ["it('", 'it(`', "describe('"].some((opening) => source.includes(`${opening}${title}`));
  return isThere ? undefined : `no test "${title}" in ${path}`;
}
