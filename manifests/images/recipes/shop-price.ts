import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, once } from '../cache.ts';
import { run } from '../command.ts';
import { folderOf, labels, takePackages, versionsOf, type BuildContext, type Recipe } from '../recipe.ts';
import { baseLayer, basePackages } from './base.ts';
import { debianLayer } from './debian-layer.ts';
import { asUser, testReference } from './test-image.ts';

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
      reference: testReference('java'),
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
