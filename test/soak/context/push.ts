import { buildImages } from '../../../manifests/images/build.ts';
import type { Environment } from '../../../manifests/images/cache.ts';
import { run } from '../../../manifests/images/command.ts';
import type { ImageName } from '../../../manifests/images/recipes.ts';
import { nodeLayout } from '../../cluster/layout.ts';
import type { Cluster } from '../../cluster/up.ts';
import { rebased } from '../../e2e/harness/references.ts';

/** The prefix that images are built with. */
const builtPrefix = 'docker.io/remora';

/**
 * Puts images on the first node under another prefix, and under no other name, as if a person had pushed them to a
 * registry of theirs and the node had pulled them. Returns their references.
 */
export async function pushUnder(
  prefix: string,
  names: readonly ImageName[],
  cluster: Cluster,
  environment: Environment,
  report: (line: string) => void,
): Promise<readonly string[]> {
  const { containerdSocket } = nodeLayout(cluster.layout, 'node1');
  const ctr = async (...words: readonly string[]): Promise<string> =>
    await run(
      cluster.binaries['ctr'] ?? '',
      ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', ...words],
      environment,
    );
  const references: string[] = [];
  for (const { archive, reference } of await buildImages(names, { environment, report })) {
    const moved = rebased(reference, builtPrefix, prefix);
    await ctr('import', '--local', archive);
    await ctr('tag', reference, moved);
    await ctr('remove', reference);
    references.push(moved);
  }
  return references;
}
