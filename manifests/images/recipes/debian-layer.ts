import type { UnpackedPackage } from '../debian.ts';
import { addLibraries } from '../libraries.ts';
import { takePackages, versionsOf, type BuildContext, type LayerPlan } from '../recipe.ts';
import type { FileTree } from '../tree.ts';
import { addCopyrights } from './base.ts';

interface DebianLayerOptions {
  readonly keep?: (path: string) => boolean;
  readonly more?: (tree: FileTree) => void;
}

/** The files of packages without their documentation, and the libraries that these link. */
export async function debianLayer(
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
