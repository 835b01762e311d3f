import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { layerMediaType } from '../../../../manifests/images/oci.ts';

const builder = `
  import { buildImage } from './manifests/images/build.ts';
  const image = await buildImage('pause', { environment: process.env });
  console.log(JSON.stringify(image));
`;

interface Printed {
  readonly archive: string;
  readonly digest: string;
}

/** What the builder reads of the repository, and what it imports. */
const parts = [
  'manifests/images',
  'test/apps',
  'test/cluster/binaries',
  'sidecars/telemetry',
  'package.json',
  'package-lock.json',
];

/** Builds an image in a process with its own copy of the sources, cache, umask, time zone and language. */
function buildIn(folder: string, umask: string, zone: string): Printed {
  for (const part of parts) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  const modules = join(process.cwd(), 'node_modules');
  const command = `umask ${umask}; ln -s '${modules}' node_modules; exec '${process.execPath}' --input-type=module -e "$BUILDER"`;
  const environment = {
    ...process.env,
    BUILDER: builder,
    REMORA_CACHE: join(folder, 'cache'),
    TZ: zone,
    LANG: 'tr_TR.UTF-8',
  };
  return JSON.parse(
    execFileSync('sh', ['-c', command], { cwd: folder, env: environment, encoding: 'utf8' }),
  ) as Printed;
}

describe('building an image', () => {
  it('gives the same bytes at another path, under another umask and in another time zone', function () {
    this.timeout(300_000);
    const folders = [
      mkdtempSync(join(tmpdir(), 'remora-build-')),
      mkdtempSync(join(tmpdir(), 'remora-a-longer-name-')),
    ];
    try {
      const one = buildIn(folders[0] ?? '', '022', 'UTC');
      const other = buildIn(folders[1] ?? '', '077', 'Asia/Kathmandu');
      expect(one.digest).to.match(/^sha256:[0-9a-f]{64}$/);
      expect(other.digest).to.equal(one.digest);
      expect(readFileSync(other.archive).equals(readFileSync(one.archive))).to.equal(true);
      expect(readFileSync(one.archive).includes(Buffer.from(layerMediaType))).to.equal(true);
    } finally {
      folders.forEach((folder) => rmSync(folder, { recursive: true }));
    }
  });
});
