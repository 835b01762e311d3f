import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labels, takePackages, user, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { debianLayer } from './debian-layer.ts';
import { shellLayer, shellPackages } from './shell.ts';
import { asUser, testReference } from './test-image.ts';

const postgres = ['postgresql-15', 'postgresql-client-15', 'tzdata'];
const postgresLibraries = [
  'libc6',
  'libpq5',
  'libssl3',
  'libxml2',
  'libicu72',
  'libldap-2.5-0',
  'libsasl2-2',
  'libpam0g',
  'libaudit1',
  'libcap-ng0',
  'libgssapi-krb5-2',
  'libkrb5-3',
  'libk5crypto3',
  'libkrb5support0',
  'libcom-err2',
  'libkeyutils1',
  'libsystemd0',
  'libcap2',
  'libgcrypt20',
  'libgpg-error0',
  'liblz4-1',
  'liblzma5',
  'libzstd1',
  'zlib1g',
  'libuuid1',
  'libstdc++6',
  'libgcc-s1',
  'libreadline8',
  'libtinfo6',
  'libxslt1.1',
  'libgnutls30',
  'libnettle8',
  'libhogweed6',
  'libidn2-0',
  'libp11-kit0',
  'libtasn1-6',
  'libunistring2',
  'libgmp10',
  'libffi8',
];
/** The compiler of queries brings LLVM (100 MB), sepgsql SELinux; the scripts of these packages are Perl. */
const postgresWithout = /llvmjit|sepgsql|\/bitcode\/|^usr\/share\/(perl5|locale|postgresql\/15\/man)\//;

/** The database of the shop: Debian's Postgres 15, which makes its data folder when it starts first. */
export const postgresApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...postgres, ...postgresLibraries, ...shellPackages],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/database/start.sh'));
    const programs = await takePackages(postgres, context);
    return {
      reference: testReference('postgres'),
      run: {
        ...asUser,
        entrypoint: ['/bin/sh', '/start.sh'],
        environment: { PGDATA: '/data/postgres' },
        labels: labels('shop database', '1', 'PostgreSQL'),
      },
      layers: [
        await baseLayer(context),
        await shellLayer(context),
        await debianLayer('postgres', programs, postgresLibraries, context, {
          keep: (path) => !postgresWithout.test(path),
          more: (tree) => void tree.addDirectory('data', 0o700, user),
        }),
        { name: 'start', inputs: [source], fill: (tree) => void tree.addFile('start.sh', source) },
      ],
    };
  },
};
