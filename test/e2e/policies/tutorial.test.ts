import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { follow, isReplay } from '../../tutorial/follow.ts';
import { pagesThatTeach, pageText, readPage } from '../../tutorial/page.ts';
import { openShell } from '../chart/shell.ts';
import type { Shell } from '../chart/shell.ts';
import { sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';

describeOnCluster('what the pages about policies tell a person to type', (suite) => {
  let shell: Shell;
  let folder: string;

  before('Remora, a shell, and a folder to save files in', async function () {
    this.timeout(240_000);
    await sharedRemora(suite.cluster);
    shell = await openShell(suite.cluster);
    folder = await mkdtemp(join(tmpdir(), 'remora-tutorial-'));
    await symlink(fileURLToPath(new URL('../../../policies', import.meta.url)), join(folder, 'policies'));
  });
  after(async () => {
    await shell.close();
    await rm(folder, { recursive: true });
  });

  it('docs/policies.md: its commands show the audit and what is loaded', async function () {
    this.timeout(120_000);
    const page = pageText('docs/policies.md').replaceAll(/\s+/g, ' ');
    const shown = (line: string): string => {
      expect(page, 'is no longer on the page').to.contain(`\`${line}\``);
      return line;
    };
    const forward = shown('kubectl -n remora-system port-forward deployment/remora-webhook 9091');
    const stop = await shell.start(forward, /Forwarding from/);
    try {
      const audit = await shell.type(`curl -s${shown("curl 'localhost:9091/audit?policy=shop/backends'").slice(4)}`);
      expect(JSON.parse(audit))
        .to.deep.include({ policies: [] })
        .and.to.have.keys([...['generatedAt', 'replica', 'round', 'dropped', 'policies', 'replay']]);
      const loaded = await shell.type(`curl -s${shown('curl localhost:9091/policies').slice(4)}`);
      expect(JSON.parse(loaded)).to.be.an('array');
    } finally {
      stop();
    }
  });

  for (const page of pagesThatTeach) {
    it(`${page}: prints what the page says`, async function () {
      this.timeout(300_000);
      const name = page.replaceAll(/[^a-z]+/gi, '-').toLowerCase();
      const namespace = await suite.makeNamespace(name, { labels: { 'remora.dev/inject': 'enabled' } });
      const different = await follow(
        readPage(pageText(page)),
        {
          save: async (file, text) => await writeFile(join(folder, file), text),
          // The pages' namespace is the suite's own here. A command that is refused fails, and that is what is shown.
          type: async (line) => {
            const typed = line.replace(' -n shop', ` -n ${namespace}`);
            const printed = await shell.type(`cd '${folder}'; { ${typed}; } 2>&1 || true`);
            return printed.replaceAll(namespace, 'shop');
          },
        },
        20_000,
        isReplay,
      );
      expect(different).to.deep.equal([]);
    });
  }
});
