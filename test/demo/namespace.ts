import { resources } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { TestCluster } from '../e2e/harness/cluster.ts';

/** On a namespace that a demo made. A person's cluster may have one of the same name, which no demo deletes. */
const mark = { 'app.kubernetes.io/managed-by': 'remora-demo' } as const;

/**
 * Makes a namespace for the demo, in place of the one that an earlier demo made.
 *
 * @throws Error when there is one that no demo made.
 */
export async function freshNamespace(cluster: TestCluster, name: string): Promise<void> {
  const { client } = cluster;
  const read = await client.get<KubeObject>(resources.namespaces, { name });
  if (read.outcome === 'ok') {
    const isOwn = Object.entries(mark).every(([key, value]) => read.value.metadata.labels?.[key] === value);
    if (!isOwn) {
      throw new Error(
        `namespace ${name} is there already, and no demo made it. The demo needs that name for a shop of its own: use ` +
          'another cluster, or delete the namespace if nothing in it is needed.',
      );
    }
    await cluster.kubectl('delete', 'namespace', name);
  }
  const created = await client.create(resources.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: mark },
  });
  if (created.outcome === 'failed') throw new Error(`namespace ${name}: ${created.code}: ${created.message}`);
}
