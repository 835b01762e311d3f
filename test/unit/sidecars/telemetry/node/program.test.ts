import { expect } from 'chai';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPackage, readProgram } from '../../../../../sidecars/telemetry/node/agent/program.ts';

describe('reading the program that starts', () => {
  let folder: string;
  const write = async (path: string, text = ''): Promise<string> => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
    return join(folder, path);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'remora-program-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('knows a module by its extension', async () => {
    expect(readProgram(await write('a/x.mjs'), []).isModule).to.equal(true);
    expect(readProgram(await write('a/x.cjs'), []).isModule).to.equal(false);
  });

  it('knows a .js by the type of the nearest package.json', async () => {
    await write('module/package.json', '{"type": "module"}');
    await write('module/inner/package.json', '{}');
    expect(readProgram(await write('module/x.js'), []).isModule).to.equal(true);
    expect(readProgram(await write('module/inner/x.js'), []).isModule).to.equal(false);
  });

  it('follows links, and finds an entry that is named without its extension', async () => {
    const entry = await write('linked/package.json', '{"type": "module"}').then(() => write('linked/start.js'));
    await symlink(entry, join(folder, 'bin'));
    expect(readProgram(join(folder, 'bin'), [])).to.deep.equal({ entry, isModule: true });
    expect(readProgram(join(folder, 'linked/start'), [])).to.deep.equal({ entry, isModule: true });
  });

  it('takes --import and --input-type for modules', () => {
    expect(readProgram(undefined, ['--import=./x.mjs']).isModule).to.equal(true);
    expect(readProgram(undefined, ['--input-type=module']).isModule).to.equal(true);
    expect(readProgram(undefined, []).isModule).to.equal(false);
  });

  it('lives with a package.json that is not JSON, and an entry that is not there', async () => {
    await write('broken/package.json', '{');
    expect(readProgram(await write('broken/x.js'), []).isModule).to.equal(false);
    expect(readProgram(join(folder, 'nowhere.js'), [])).to.deep.equal({ entry: undefined, isModule: false });
  });

  it('finds packages in this folder and above', async () => {
    await write('shop/node_modules/pg/package.json', '{}');
    expect(hasPackage(join(folder, 'shop/services/cart'), 'pg')).to.equal(true);
    expect(hasPackage(folder, 'pg')).to.equal(false);
  });
});
