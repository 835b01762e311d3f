import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once, keyOf } from '../cache.ts';
import { run } from '../command.ts';
import type { UnpackedPackage } from '../debian.ts';
import { addLibraries } from '../libraries.ts';
import { addNpmPackages, npmClosure } from '../npm-closure.ts';
import {
  folderOf,
  labels,
  takePackages,
  user,
  versionsOf,
  type BuildContext,
  type LayerPlan,
  type Recipe,
} from '../recipe.ts';
import type { RunConfig } from '../oci.ts';
import type { FileTree } from '../tree.ts';
import { addCopyrights, baseLayer, basePackages } from './base.ts';
import { nodeLayer, nodePackages } from './node.ts';

/** Test images have one tag; their digest changes with their content. */
const reference = (name: string): string => `docker.io/remora-test/${name}:1`;

const asUser: Pick<RunConfig, 'user'> = { user: `${user}:${user}` };

/** The front of the shop: express on Node, as npm installs it, unbundled, like most services. */
export const nodeApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...nodePackages],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/web/server.cjs'));
    const closure = npmClosure(context.repository, ['express']);
    return {
      reference: reference('node'),
      run: {
        ...asUser,
        entrypoint: ['/usr/local/bin/node'],
        command: ['/app/server.cjs'],
        workingFolder: '/app',
        labels: labels('shop web', '1'),
      },
      layers: [
        await nodeLayer(context),
        await baseLayer(context),
        {
          name: 'express',
          inputs: closure.map(({ path, version }) => `${path}@${version}`),
          fill: (tree) => addNpmPackages(tree, context.repository, closure, 'app'),
        },
        { name: 'web', inputs: [source], fill: (tree) => void tree.addFile('app/server.cjs', source) },
      ],
    };
  },
};

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
      reference: reference('python'),
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

const java = ['openjdk-17-jre-headless', 'libpostgresql-jdbc-java'];
const javaLibraries = ['libc6', 'zlib1g', 'libstdc++6', 'libgcc-s1', 'libpcsclite1'];
/** Libraries of sound, fonts and colours, which would bring a desktop's worth of packages. */
const javaWithout =
  /\/lib\/(libjavajpeg|liblcms|libfontmanager|libfreetype|libsplashscreen|libjsound|libmlib_image)\.so$/;
const javaHome = (architecture: string): string => `usr/lib/jvm/java-17-openjdk-${architecture}`;

/** The prices of the shop: the JDK's own HTTP server, and JDBC. */
export const javaApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...java, ...javaLibraries],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/price/Price.java'));
    const programs = await takePackages(java, context);
    return {
      reference: reference('java'),
      run: {
        ...asUser,
        entrypoint: [`/${javaHome(context.architecture)}/bin/java`],
        command: ['-cp', '/app:/usr/share/java/*', 'Price'],
        workingFolder: '/app',
        labels: labels('shop price', '1'),
      },
      layers: [
        await baseLayer(context),
        await debianLayer('java', programs, javaLibraries, context, { keep: (path) => !javaWithout.test(path) }),
        {
          name: 'price',
          inputs: [source],
          async fill(tree) {
            tree.addFolder(await compile(source, context), { at: 'app' });
          },
        },
      ],
    };
  },
};

/** Debian's runtime carries the compiler as a module; that of this machine's architecture compiles for both. */
async function compile(source: Uint8Array, context: BuildContext): Promise<string> {
  const programs = await takePackages(java, context, context.host);
  const home = join(folderOf('openjdk-17-jre-headless', programs), javaHome(context.host));
  const key = keyOf([source, versionsOf(programs)]);
  return await once(join(context.cache, 'java', key), async (draft) => {
    const words = ['--module', 'jdk.compiler/com.sun.tools.javac.Main', '-d', draft];
    await run(join(home, 'bin/java'), [...words, 'Price.java'], context.environment, {
      folder: join(context.repository, 'test/apps/price'),
    });
  });
}

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
const shell = ['busybox-static'];

/** The database of the shop: Debian's Postgres 15, which makes its data folder when it starts first. */
export const postgresApp: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...postgres, ...postgresLibraries, ...shell],
  async plan(context) {
    const source = readFileSync(join(context.repository, 'test/apps/database/start.sh'));
    const programs = await takePackages(postgres, context);
    return {
      reference: reference('postgres'),
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

/** For tests that need a shell in a pod: busybox and nothing else. */
export const toolbox: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...shell],
  async plan(context) {
    return {
      reference: reference('toolbox'),
      run: {
        ...asUser,
        entrypoint: ['/bin/sh'],
        environment: { PATH: '/bin' },
        labels: labels('toolbox', '1', 'GPL-2.0-only'),
      },
      layers: [await baseLayer(context), await shellLayer(context)],
    };
  },
};

const commands =
  'awk basename cat chmod cp cut date dd df dirname du echo env expr false find grep head hostname id kill ln ls md5sum mkdir ' +
  'mktemp mv nc nslookup od ping printf ps pwd readlink rm rmdir sed seq sh sha256sum sleep sort stat tail tar tee test ' +
  'timeout touch tr true uname uniq wc wget which whoami xargs yes';

async function shellLayer(context: BuildContext): Promise<LayerPlan> {
  const packages = await takePackages(shell, context);
  return {
    name: 'shell',
    inputs: [versionsOf(packages)],
    fill(tree) {
      tree.addPath('bin/busybox', join(folderOf('busybox-static', packages), 'bin/busybox'), 0o755);
      for (const command of commands.split(' ')) {
        tree.addLink(`bin/${command}`, 'busybox');
      }
      addCopyrights(tree, packages);
    },
  };
}

interface DebianLayerOptions {
  readonly keep?: (path: string) => boolean;
  readonly more?: (tree: FileTree) => void;
}

/** The files of packages without their documentation, and the libraries that these link. */
async function debianLayer(
  name: string,
  programs: readonly UnpackedPackage[],
  libraries: readonly string[],
  context: BuildContext,
  options: DebianLayerOptions,
): Promise<LayerPlan> {
  const packages = await takePackages(libraries, context);
  return {
    name,
    inputs: [versionsOf(programs), versionsOf(packages)],
    fill(tree) {
      for (const { folder } of programs) {
        tree.addFolder(folder, { keep: (path) => !documentation.test(path) && (options.keep?.(path) ?? true) });
      }
      addLibraries(tree, packages, context.architecture);
      addCopyrights(tree, [...programs, ...packages]);
      options.more?.(tree);
    },
  };
}

const documentation = /^usr\/share\/(doc|man|lintian|info|bug|applications|pixmaps|binfmts|locale)\//;
