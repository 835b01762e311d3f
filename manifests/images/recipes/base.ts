import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { UnpackedPackage } from '../debian.ts';
import { folderOf, takePackages, user, versionsOf, type BuildContext, type LayerPlan } from '../recipe.ts';
import type { FileTree } from '../tree.ts';

export const basePackages = ['ca-certificates'];

/** What a program expects of any Linux: accounts, certificate authorities, a folder for temporary files. */
export async function baseLayer(context: BuildContext): Promise<LayerPlan> {
  const packages = await takePackages(basePackages, context);
  return {
    name: 'base',
    inputs: [versionsOf(packages)],
    fill(tree) {
      addAccounts(tree);
      tree.addFile('etc/ssl/certs/ca-certificates.crt', authorities(folderOf('ca-certificates', packages)));
      tree.addDirectory('tmp', 0o1777);
      addCopyrights(tree, packages);
    },
  };
}

function addAccounts(tree: FileTree): void {
  tree.addFile(
    'etc/passwd',
    `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${user}:${user}:nonroot:/home/nonroot:/sbin/nologin\n`,
  );
  tree.addFile('etc/group', `root:x:0:\nnonroot:x:${user}:\n`);
  tree.addFile('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  tree.addDirectory('home/nonroot', 0o700, user);
}

/** Debian joins Mozilla's certificates into one file when the package is configured; this does the same. */
function authorities(folder: string): string {
  const certificates = join(folder, 'usr/share/ca-certificates/mozilla');
  return readdirSync(certificates)
    .sort()
    .map((name) => readFileSync(join(certificates, name), 'utf8').trimEnd() + '\n')
    .join('');
}

/** Debian's licences ask that their text goes where the files go. */
export function addCopyrights(tree: FileTree, packages: readonly UnpackedPackage[]): void {
  for (const { folder } of packages) {
    tree.addFolder(folder, { keep: (path) => /^usr\/share\/doc\/[^/]+\/copyright$/.test(path) });
  }
}
