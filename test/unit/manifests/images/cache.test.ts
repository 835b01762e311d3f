import { expect } from 'chai';
import fc from 'fast-check';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot, keyOf, once, whileLocked } from '../../../../manifests/images/cache.ts';

describe('the cache of images', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remora-cache-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('stands where REMORA_CACHE says, else in the XDG cache folder, else below the home folder', () => {
    expect(cacheRoot({ REMORA_CACHE: '/a', XDG_CACHE_HOME: '/b', HOME: '/c' })).to.equal('/a');
    expect(cacheRoot({ XDG_CACHE_HOME: '/b', HOME: '/c' })).to.equal('/b/remora');
    expect(cacheRoot({ HOME: '/c' })).to.equal('/c/.cache/remora');
  });

  it('has a key of its own for each list of inputs, also where their texts joined are the same', () => {
    const inputs = fc.array(fc.string());
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        expect(keyOf(one) === keyOf(other)).to.equal(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
    expect(keyOf(['ab', 'c'])).not.to.equal(keyOf(['a', 'bc']));
  });

  it('fills a folder once, however many ask for it at the same time', async () => {
    let fills = 0;
    const fill = async (draft: string): Promise<void> => {
      fills += 1;
      await writeFile(join(draft, 'a'), 'b');
    };
    const asked = Array.from({ length: 5 }, async () => await once(join(folder, 'made'), fill));
    const folders = await Promise.all(asked);
    expect(fills).to.equal(1);
    expect(readFileSync(join(folders[0] ?? '', 'a'), 'utf8')).to.equal('b');
  });

  it('leaves nothing under the name when filling fails, and fills anew the next time', async () => {
    const made = join(folder, 'made');
    const failed = await once(made, async (draft) => {
      await writeFile(join(draft, 'half'), '');
      throw new Error('full disk');
    }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    expect(existsSync(made)).to.equal(false);
    await once(made, async (draft) => {
      await writeFile(join(draft, 'whole'), '');
    });
    expect(existsSync(join(made, 'half'))).to.equal(false);
    expect(existsSync(join(made, 'whole'))).to.equal(true);
  });

  it('takes over the lock of a process that is gone', async () => {
    const lock = join(folder, 'lock');
    mkdirSync(join(lock, '4194305'), { recursive: true });
    expect(await whileLocked(lock, async () => await Promise.resolve('worked'))).to.equal('worked');
    expect(existsSync(lock)).to.equal(false);
  });
});
