import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labels, takePackages, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { debianLayer } from './debian-layer.ts';
import { asUser, testReference } from './test-image.ts';

const python = [
  'python3.11-minimal',
  'libpython3.11-minimal',
  'libpython3.11-stdlib',
  'python3-flask',
  'python3-werkzeug',
  'python3-jinja2',
  'python3-markupsafe',
  'python3-itsdangerous',
  'python3-click',
  'python3-requests',
  'python3-urllib3',
  'python3-idna',
  'python3-certifi',
  'python3-chardet',
  'python3-six',
];
const pythonLibraries = [
  'libc6',
  'zlib1g',
  'libexpat1',
  'libssl3',
  'libffi8',
  'libbz2-1.0',
  'liblzma5',
  'libsqlite3-0',
  'libuuid1',
  'libcrypt1',
];
/** Modules that need terminals, NIS or Berkeley databases; no service misses them. */
const pythonWithout = /lib-dynload\/(_curses|_curses_panel|readline|nis|_dbm|_gdbm|_tkinter)\b/;

/** The stock of the shop: Flask on Debian's Python 3.11. */
export const pythonApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...python, ...pythonLibraries],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/stock/server.py'));
    const programs = await takePackages(python, context);
    return {
      reference: testReference('python'),
      run: {
        ...asUser,
        entrypoint: ['/usr/bin/python3'],
        command: ['/app/server.py'],
        workingFolder: '/app',
        labels: labels('shop stock', '1'),
      },
      layers: [
        await baseLayer(context),
        await debianLayer('python', programs, pythonLibraries, context, {
          keep: (path) => !pythonWithout.test(path),
          more: (tree) => void tree.addLink('usr/bin/python3', 'python3.11'),
        }),
        { name: 'stock', inputs: [source], fill: (tree) => void tree.addFile('app/server.py', source) },
      ],
    };
  },
};
