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

  it('names for each row a test that is there', () => {
    for (const row of threats()) {
      expect(row, row.join(' | ')).to.have.lengthOf(5);
      const path = /^`(test\/.*\.test\.ts)`$/.exec(row[4] ?? '')?.[1] ?? '';
      expect(existsSync(join(root, path)), row.join(' | ')).to.equal(true);
    }
  });
});
