import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fillTelemetry } from '../../../sidecars/telemetry/image.ts';
import { keyOf, once } from '../cache.ts';
import { labels, user, type LayerPlan, type Recipe } from '../recipe.ts';

/** Top folders of the image, each in a layer of its own: a new agent of one language leaves the others on the nodes. */
const runtimes = ['java', 'python', 'node'];

/** The language agents, mounted as an image volume; `/copy` brings them out where there are no image volumes. */
export const telemetry: Recipe = {
  purpose: 'shipped',
  packages: [],
  async plan(context) {
    const key = keyOf([
      ...(await sourcesOf(join(context.repository, 'sidecars/telemetry'))),
      await readFile(join(context.repository, 'package-lock.json')),
    ]);
    const filled = async (): Promise<string> =>
      await once(join(context.cache, 'telemetry', `${key}-${context.architecture}`), async (draft) => {
        context.report(`filling the telemetry image for ${context.architecture}`);
        const { architecture, environment } = context;
        await fillTelemetry(draft, { architecture, environment, cache: join(context.cache, 'telemetry/downloads') });
      });
    const layer = (name: string, keep: (path: string) => boolean): LayerPlan => ({
      name,
      inputs: [name, key],
      async fill(tree) {
        tree.addFolder(await filled(), { keep });
      },
    });
    return {
      reference: `docker.io/remora/remora-telemetry:${context.version}`,
      run: {
        user: `${user}:${user}`,
        entrypoint: ['/copy'],
        labels: labels('remora-telemetry', context.version),
      },
      layers: [
        ...runtimes.map((runtime) => layer(runtime, (path) => path.startsWith(`${runtime}/`))),
        layer('copy', (path) => !runtimes.some((runtime) => path.startsWith(`${runtime}/`))),
      ],
    };
  },
};

/** Names and texts of all files below a folder, in the order of names. */
async function sourcesOf(folder: string): Promise<readonly (string | Uint8Array)[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.sort().map(async (path) => [path.slice(folder.length), await readFile(path)]));
  return texts.flat();
}
