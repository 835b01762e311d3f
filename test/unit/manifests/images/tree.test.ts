import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileTree } from '../../../../manifests/images/tree.ts';

describe('the files of a layer', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remora-tree-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/run'), '');
    writeFileSync(join(folder, 'text'), 'abc');
    symlinkSync('bin/run', join(folder, 'link'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('have one of two modes, whatever the umask was under which they were made', () => {
    chmodSync(join(folder, 'bin/run'), 0o710);
    chmodSync(join(folder, 'text'), 0o600);
    const entries = new FileTree().addFolder(folder).entries;
    const modes = Object.fromEntries(
      entries.map((entry) => [entry.path, entry.type === 'symlink' ? 'link' : entry.mode]),
    );
    expect(modes).to.deep.equal({ 'bin/run': 0o755, text: 0o644, link: 'link' });
  });

  it('go where the recipe puts them, without those that it leaves out', () => {
    const tree = new FileTree().addFolder(folder, { at: 'app', keep: (path) => path !== 'text' });
    expect(tree.entries.map(({ path }) => path)).to.have.members(['app/bin/run', 'app/link']);
  });

  it('are replaced by what comes later under the same path', () => {
    const tree = new FileTree().addFolder(folder).addFile('text', 'new');
    const entry = tree.get('text');
    expect(
      entry?.type === 'file' && entry.content.kind === 'bytes' && Buffer.from(entry.content.bytes).toString(),
    ).to.equal('new');
  });

  it('leave out what is neither file nor link', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(new FileTree().addFolder(folder).get('pipe')).to.equal(undefined);
  });
});
