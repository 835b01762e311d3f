import { expect } from 'chai';
import fc from 'fast-check';
import {
  dueImages,
  readResult,
  renderCatalog,
  sawImages,
  withoutForgotten,
} from '../../../../control/images/catalog.ts';
import type { Catalog } from '../../../../control/images/catalog.ts';
import type { ImageReading } from '../../../../control/images/registry.ts';

const times = { refreshMs: 600_000, retryMs: 10_000, forgetMs: 86_400_000 };
const empty: Catalog = new Map();
const pinned = `quay.io/a/b@sha256:${'a'.repeat(64)}`;
const good: ImageReading = { outcome: 'read', digest: 'sha256:d', environment: { PYTHONPATH: '/app' } };
const away: ImageReading = { outcome: 'unread', code: 'Unreachable', message: 'away' };

describe('control/images/catalog', () => {
  it('reads a new image at once and a known one only when it is due', () => {
    const seen = sawImages(empty, ['a:1', 'b:1'], 100);
    expect(dueImages(seen, 100)).to.deep.equal(['a:1', 'b:1']);
    const read = readResult(seen, 'a:1', good, 200, times);
    expect(dueImages(sawImages(read, ['a:1'], 300), 300)).to.deep.equal(['b:1']);
    expect(dueImages(read, 200 + times.refreshMs)).to.deep.equal(['b:1', 'a:1']);
  });

  it('never reads a digest twice', () => {
    const read = readResult(sawImages(empty, [pinned], 0), pinned, good, 0, times);
    expect(dueImages(read, Number.MAX_SAFE_INTEGER)).to.deep.equal([]);
  });

  it('keeps the last good reading while the registry is away, and asks ever less often', () => {
    let catalog = readResult(sawImages(empty, ['a:1'], 0), 'a:1', good, 0, times);
    const waits: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      catalog = readResult(catalog, 'a:1', away, 0, times);
      waits.push(catalog.get('a:1')?.dueAt ?? -1);
    }
    expect(waits).to.deep.equal([10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1000));
    expect(renderCatalog(catalog).text).to.equal('{"a:1":{"environment":{"PYTHONPATH":"/app"}}}');
  });

  it('forgets what nothing uses, and a late answer does not bring it back', () => {
    const forgotten = withoutForgotten(sawImages(empty, ['a:1'], 0), times.forgetMs, times);
    expect(forgotten.size).to.equal(0);
    expect(readResult(forgotten, 'a:1', good, 0, times).size).to.equal(0);
  });

  it('does not grow beyond its bounds, whatever names are written into templates', () => {
    const many = Array.from({ length: 6_000 }, (_, index) => `a:${index}`);
    const catalog = sawImages(empty, [...many, 'x'.repeat(1_000_000)], 0);
    expect(catalog.size).to.equal(5_000);
    expect(Math.max(...[...catalog.keys()].map(({ length }) => length))).to.be.below(513);
  });

  it('renders JSON that holds every read image, whatever the order in which they came', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 20 }), (references) => {
        const fill = (order: readonly string[]): string =>
          renderCatalog(
            order.reduce((catalog, name) => readResult(catalog, name, good, 1, times), sawImages(empty, order, 1)),
          ).text;
        expect(fill(references)).to.equal(fill(references.toReversed()));
        expect(Object.keys(JSON.parse(fill(references)) as object)).to.have.members(references);
      }),
    );
  });

  it('leaves out the least recently used when the ConfigMap is full, and says how many', () => {
    const big: ImageReading = { outcome: 'read', digest: 'd', environment: { PYTHONPATH: 'x'.repeat(4000) } };
    let catalog = empty;
    for (let index = 0; index < 300; index += 1) {
      catalog = readResult(sawImages(catalog, [`a:${index}`], index), `a:${index}`, big, index, times);
    }
    const { text, left } = renderCatalog(catalog);
    expect(Buffer.byteLength(text)).to.be.below(900_001);
    expect(left).to.be.above(0);
    expect(text).to.contain('"a:299"').and.not.contain('"a:0"');
  });
});
