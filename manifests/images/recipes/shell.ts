import { join } from 'node:path';
import {
  folderOf,
  labels,
  takePackages,
  versionsOf,
  type BuildContext,
  type LayerPlan,
  type Recipe,
} from '../recipe.ts';
import { addCopyrights, baseLayer, basePackages } from './base.ts';
import { asUser, testReference } from './test-image.ts';

export const shellPackages = ['busybox-static'];

/** For tests that need a shell in a pod: busybox and nothing else. */
export const toolbox: Recipe = {
  purpose: 'test',
  packages: [...basePackages, ...shellPackages],
  async plan(context) {
    return {
      reference: testReference('toolbox'),
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

/** A shell and the commands that scripts use, all of them one static program. */
export async function shellLayer(context: BuildContext): Promise<LayerPlan> {
  const packages = await takePackages(shellPackages, context);
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
