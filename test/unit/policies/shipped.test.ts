import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ensureBinaries } from '../../cluster/binaries/build.ts';

const execute = promisify(execFile);
const folder = fileURLToPath(new URL('../../../policies', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
  .map(({ name }) => name);

describe('policies that ship', function () {
  this.timeout(600_000);
  let opa = '';

  before('OPA', async () => {
    ({ opa = '' } = await ensureBinaries(['opa'], { environment: process.env, report: console.log }));
  });

  it('pass OPA’s strict check, and are formatted as OPA formats', async () => {
    await execute(opa, ['check', '--strict', folder]);
    expect((await execute(opa, ['fmt', '--list', folder])).stdout).to.equal('');
  });

  for (const name of names) {
    it(`${name}: passes its own tests, of which there is at least one`, async () => {
      const words = ['test', '--format', 'json', `${folder}/lib`, `${folder}/${name}`];
      const { stdout } = await execute(opa, words);
      const results = JSON.parse(stdout) as readonly { readonly name: string; readonly fail?: boolean }[];
      expect(results.filter(({ fail }) => fail === true)).to.deep.equal([]);
      expect(results).to.not.be.empty;
    });
  }
});
