import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ensureBinaries } from '../../cluster/binaries/build.ts';
import { buildWords, groupFolder, groupSources } from '../../cluster/binaries/key.ts';
import { binaries, clusterBinaries } from '../../cluster/binaries/table.ts';

const modules = fileURLToPath(new URL('../../cluster/binaries', import.meta.url));

describe('cluster/binaries', () => {
  it('names each binary once', () => {
    expect(new Set(binaries.map(({ name }) => name)).size).to.equal(binaries.length);
  });

  it('needs neither Helm nor the collector to start a cluster', () => {
    expect(clusterBinaries).to.include.members(['etcd', 'kube-apiserver', 'kubelet', 'containerd', 'coredns']);
    expect(clusterBinaries).not.to.include.members(['helm', 'collector']);
  });

  for (const { name, group, package: path, version } of binaries) {
    it(`builds ${name} at the version that ${group}/go.mod asks for`, async () => {
      const text = await readFile(join(modules, group, 'go.mod'), 'utf8');
      if (path === '.') expect(text).to.contain(`v${version}`);
      else
        expect(text)
          .to.match(new RegExp(`^(tool )?\\s*${path}$`, 'm'))
          .and.to.contain(` v${version}`);
    });

    it(`asks no newer Go for ${name} than 1.26`, async () => {
      const text = await readFile(join(modules, group, 'go.mod'), 'utf8');
      expect(text)
        .to.match(/^go 1\.26(\.\d+)?$/m)
        .and.not.to.match(/^toolchain/m);
    });
  }

  it('changes the folder when go.mod, go.sum or a source changes, and only then', async () => {
    const sources = await groupSources(join(modules, 'etcd'));
    expect(groupFolder('etcd', sources)).to.match(/^etcd-3\.7\.3-[0-9a-f]{12}$/);
    expect(groupFolder('etcd', sources)).to.equal(groupFolder('etcd', [...sources]));
    for (const at of sources.keys()) {
      expect(groupFolder('etcd', sources.with(at, `${sources[at]} `))).not.to.equal(groupFolder('etcd', sources));
    }
  });

  it('builds into a place that is given, with the flags of the table', () => {
    const helm = binaries.find(({ name }) => name === 'helm')!;
    expect(buildWords(helm, 'out')).to.deep.equal([
      'build',
      '-ldflags',
      '-s -w',
      '-o',
      'out',
      'helm.sh/helm/v4/cmd/helm',
    ]);
  });

  describe('with a Go that only writes its output', () => {
    let folder = '';
    let lines: string[] = [];

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'remora-binaries-'));
      lines = [];
      await mkdir(join(folder, 'bin'));
      await setGo('mkdir -p "$GOCACHE"; while [ "$1" != -o ]; do shift; done; echo built > "$2"');
    });

    afterEach(async () => await rm(folder, { recursive: true }));

    const setGo = async (script: string): Promise<void> => {
      await writeFile(join(folder, 'bin', 'go'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    const ensure = async (...names: readonly string[]): ReturnType<typeof ensureBinaries> =>
      await ensureBinaries(names, {
        environment: { REMORA_CACHE: join(folder, 'cache'), PATH: `${folder}/bin:/usr/bin:/bin` },
        report: (line) => void lines.push(line),
      });

    it('says what it builds, in the order of the table, and how far it is', async () => {
      const paths = await ensure('ctr', 'etcd');
      expect(lines.map((line) => line.replace(/ in \d+ s$/, ''))).to.deep.equal([
        'building etcd 3.7.3 (1 of 2)',
        'built etcd 3.7.3 (1 of 2)',
        'building ctr 2.4.2 (2 of 2)',
        'built ctr 2.4.2 (2 of 2)',
      ]);
      expect(await readFile(paths['etcd']!, 'utf8')).to.equal('built\n');
    });

    it('builds each once, and says nothing when all are there', async () => {
      await ensure('etcd');
      lines = [];
      await setGo('exit 1');
      await ensure('etcd');
      expect(lines).to.deep.equal([]);
    });

    it('builds once when two ask at the same time', async () => {
      await Promise.all([ensure('etcd'), ensure('etcd')]);
      expect(lines.filter((line) => line.startsWith('built'))).to.have.length(1);
    });

    it('leaves nothing of Go behind when all is built', async () => {
      await ensure('etcd');
      expect(await readdir(join(folder, 'cache'))).to.deep.equal(['bin']);
    });

    it('keeps what was built before a failure, and says what Go printed', async () => {
      await setGo(
        'case "$*" in *ctr*) echo no such package >&2; exit 1;; esac; while [ "$1" != -o ]; do shift; done; echo ok > "$2"',
      );
      const failure = await ensure('etcd', 'ctr').then(String, String);
      expect(failure).to.contain('no such package');
      lines = [];
      await ensure('etcd');
      expect(lines).to.deep.equal([]);
    });

    it('goes on after a builder that died with the lock', async () => {
      // No process has a number above the kernel's greatest pid_max (2^22).
      await mkdir(join(folder, 'cache', 'bin.lock', '4194305'), { recursive: true });
      await ensure('etcd');
      expect(lines).to.have.length(2);
    });

    it('refuses a name that is not in the table', async () => {
      expect(await ensure('emacs').then(String, String)).to.contain('no such binary: emacs');
    });
  });
});
