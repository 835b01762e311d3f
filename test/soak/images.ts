import { architectures } from '../../manifests/images/architecture.ts';
import { buildImage, contextOf } from '../../manifests/images/build.ts';
import type { Recipe } from '../../manifests/images/recipe.ts';
import { imageNames, recipes } from '../../manifests/images/recipes.ts';
import { reproduce } from '../../manifests/images/reproduce.ts';
import type { Soak } from './soak.ts';

/**
 * Builds what ships from two clones at other paths, under other umasks, dates, time zones and languages, for both
 * architectures, and compares the archives bit for bit. Images of another architecture are assembled, and not run.
 */
export const soak: Soak = async ({ environment, report }) => {
  const problems: string[] = [];
  const images: Record<string, unknown>[] = [];
  for (const architecture of architectures) {
    const context = await contextOf({ architecture, environment, report });
    const shipped = imageNames.filter((name) => {
      const { purpose, hostOnly }: Recipe = recipes[name];
      return purpose === 'shipped' && (hostOnly === undefined || architecture === context.host);
    });
    for (const { image, equal, archives } of await reproduce(shipped, context, process.execPath)) {
      const { sizeBytes, archiveBytes } = await buildImage(image, { architecture, environment, report });
      const isRun = architecture === context.host;
      images.push({ image, architecture, isRun, equal, sha256: archives[0], sizeBytes, archiveBytes });
      report(`${image} ${architecture}: ${equal ? 'equal' : 'DIFFERENT'}`);
      if (!equal) problems.push(`${image} ${architecture}: ${archives.join(' and ')}`);
    }
  }
  if (images.length < 2 * 2) problems.push('too few images were compared');
  return { passed: problems.length === 0, figures: { images, problems } };
};
