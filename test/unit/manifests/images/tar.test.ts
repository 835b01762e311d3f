import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTar, type Entry } from '../../../../manifests/images/tar.ts';

async function bytesOf(entries: Iterable<Entry>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const segment = fc.stringMatching(/^[a-zA-Z0-9._é-]{1,40}$/).filter((text) => !/^\.+$/.test(text));
const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
const content = fc.uint8Array({ maxLength: 1500 });
const mode = fc.constantFrom(0o644, 0o755);

/** Files and links whose paths do not run through one another. */
const tree: fc.Arbitrary<readonly Entry[]> = fc
  .uniqueArray(
    fc.oneof(
      fc.record({ path, bytes: content, mode }).map((file): Entry => ({
        path: file.path,
        type: 'file',
        mode: file.mode,
        content: { kind: 'bytes', bytes: file.bytes },
      })),
      fc.record({ path, target: path }).map((link): Entry => ({ ...link, type: 'symlink' })),
    ),
    { selector: (entry) => entry.path, maxLength: 12 },
  )
  .map((entries) => entries.filter((entry) => !entries.some((other) => entry.path.startsWith(`${other.path}/`))));

describe('the tar writer', () => {
  it('writes the same bytes for the same entries in any order', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.infiniteStream(fc.nat()), async (entries, random) => {
        const order = entries.map((entry) => ({ entry, rank: random.next().value as number }));
        const shuffled = order.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
        expect((await bytesOf(shuffled)).equals(await bytesOf(entries))).to.equal(true);
      }),
    );
  });

  it('writes what GNU tar reads back: content, modes and links, also of names longer than 100 bytes', async function () {
    this.timeout(30_000);
    const run = async (entries: readonly Entry[]): Promise<void> => {
      const folder = mkdtempSync(join(tmpdir(), 'remora-tar-'));
      try {
        writeFileSync(join(folder, 'a.tar'), await bytesOf(entries));
        execFileSync('tar', ['-xpf', 'a.tar', '--no-same-owner'], { cwd: folder });
        for (const entry of entries) {
          const unpacked = join(folder, entry.path);
          if (entry.type === 'file' && entry.content.kind === 'bytes') {
            expect(readFileSync(unpacked).equals(Buffer.from(entry.content.bytes))).to.equal(true);
            expect(statSync(unpacked).mode & 0o7777).to.equal(entry.mode);
          } else if (entry.type === 'symlink') {
            expect(readlinkSync(unpacked)).to.equal(entry.target);
          }
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    };
    await fc.assert(
      fc.asyncProperty(
        tree.filter((entries) => !entries.some(({ path }) => path === 'a.tar')),
        run,
      ),
      {
        numRuns: 25,
      },
    );
  });

  it('gives an entry whose parents nobody named its parents, so that it can be unpacked', async () => {
    const bytes = await bytesOf([
      { path: 'a/b/c', type: 'file', mode: 0o644, content: { kind: 'bytes', bytes: Buffer.of() } },
    ]);
    const names = [0, 1, 2].map((block) => bytes.toString('latin1', block * 512, block * 512 + 6).replaceAll('\0', ''));
    expect(names).to.deep.equal(['a/', 'a/b/', 'a/b/c']);
  });

  it('has no date, no name of a user, and the owner that the recipe gives', async () => {
    const bytes = await bytesOf([{ path: 'home', type: 'directory', mode: 0o700, owner: 65532 }]);
    expect(bytes.toString('latin1', 136, 147)).to.equal('00000000000');
    expect(bytes.subarray(265, 329).every((byte) => byte === 0)).to.equal(true);
    expect(parseInt(bytes.toString('latin1', 108, 115), 8)).to.equal(65532);
  });

  it('refuses two entries of one path', async () => {
    const entry: Entry = { path: 'a', type: 'symlink', target: 'b' };
    const outcome = await bytesOf([entry, entry]).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(Error).with.property('message').that.includes('the path a');
  });
});
