import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doubledCodes, errorsGuide, renderPages, stalePages } from '../../../scripts/docs.ts';

const fragments = [
  { name: 'b.md', text: '## Second\n\nWhat.\n' },
  { name: 'a.md', text: '## First\n\nWhy.\n\n## Other\n\nDo.\n' },
];

describe('scripts/docs', () => {
  it('joins fragments by name, with a table of contents in front', () => {
    const text = errorsGuide(fragments);
    expect(text).to.contain('- **a**: [First](#first), [Other](#other)\n- **b**: [Second](#second)');
    expect(text.indexOf('## Other')).to.be.within(text.indexOf('## First'), text.indexOf('## Second'));
  });

  it('finds codes that are explained twice', () => {
    expect(doubledCodes(fragments)).to.deep.equal([]);
    expect(doubledCodes([...fragments, { name: 'c.md', text: '## First\n' }])).to.deep.equal(['First']);
  });

  it('notices a page that is absent or stale, and is content with its own', async () => {
    const docs = mkdtempSync(join(tmpdir(), 'remora-docs-'));
    try {
      mkdirSync(join(docs, 'errors.d'));
      for (const { name, text } of fragments) writeFileSync(join(docs, 'errors.d', name), text);
      const pages = await renderPages(docs);
      expect(stalePages(docs, pages).map(({ path }) => path)).to.deep.equal([
        'annotations.md',
        'errors.md',
        'policy.schema.json',
      ]);
      for (const { path, text } of pages) writeFileSync(join(docs, path), text);
      expect(stalePages(docs, pages)).to.deep.equal([]);
      writeFileSync(join(docs, 'errors.d', 'b.md'), '## Third\n');
      expect(stalePages(docs, await renderPages(docs)).map(({ path }) => path)).to.deep.equal(['errors.md']);
    } finally {
      rmSync(docs, { recursive: true });
    }
  });
});
