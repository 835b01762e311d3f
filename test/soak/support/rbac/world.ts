import { randomBytes } from 'node:crypto';
import { createRoot } from '../../../../certs/issue.ts';
import { resources } from '../../../../kube/resources.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import { attemptUntil } from '../../../e2e/harness/attempts.ts';
import { installChart } from '../../../e2e/harness/chart.ts';
import type { TestCluster } from '../../../e2e/harness/cluster.ts';
import { remora, remoraValues } from '../../../e2e/harness/remora.ts';
import { enabled, gatedPod } from '../../../e2e/outage/objects.ts';
import { valueOf } from './outcome.ts';
import { registryAddress, startRegistry } from './registry.ts';
import { followReplica, type Replica } from './replica.ts';

/** What checks act on: Remora with one replica of each process, and a labelled namespace. */
export interface World {
  readonly cluster: TestCluster;
  /** Remora's own namespace. */
  readonly namespace: string;
  readonly webhook: Replica;
  readonly control: Replica;
  /** A namespace that is labelled for injection. */
  readonly shop: string;
  /** Name of a pod in it that was injected. */
  readonly injectedPod: string;
  /** Host and port of a registry that has every image, and that control may ask. */
  readonly registry: string;
  /** A name that was not used before. */
  readonly fresh: (what: string) => string;
  /** A certificate of nobody, as PEM. */
  readonly foreignRoot: string;
  /** Installs Remora again as it was, after something of it was taken away. */
  readonly reinstall: () => Promise<void>;
  readonly close: () => void;
}

const places = { registry: 'rbac-registry', shop: 'rbac-shop' } as const;

/** Installs Remora, and resolves when a pod was injected. One replica each, so that what one did not, nobody did. */
export async function createWorld(cluster: TestCluster): Promise<World> {
  const { namespace } = remora;
  const { client } = cluster;
  const registry = registryAddress(places.registry);
  const reinstall = async (): Promise<void> => {
    const one = { replicas: 1 };
    const values = remoraValues(cluster, { webhook: one, control: one, plainHttpRegistries: [registry] });
    await installChart(cluster, { ...remora, values });
  };
  await cluster.load('remora', 'remora-policy', 'collector');
  valueOf(await client.create(resources.namespaces, { metadata: { name: places.registry } }));
  valueOf(await client.create(resources.namespaces, { metadata: { name: places.shop, labels: enabled } }));
  await reinstall();
  await startRegistry(cluster, places.registry);

  const injectedPod = 'injected-before';
  const { metadata, ...pod } = gatedPod(injectedPod);
  const object = { ...pod, metadata: { ...metadata, namespace: places.shop } };
  await attemptUntil('a first pod is injected', 60_000, async () => {
    const created = await client.create(resources.pods, object);
    return created.outcome === 'ok' ? true : undefined;
  });

  const [webhook, control] = await Promise.all([
    // It would go on answering for seconds, as a new one is to; those are the seconds that checks look at.
    followReplica(cluster, { namespace, component: 'remora-webhook', graceSeconds: 1 }),
    followReplica(cluster, { namespace, component: 'remora-control' }),
  ]);
  const { certificate: foreignRoot } = await createRoot(systemTimer.now(), 3_600_000, randomBytes);
  let used = 0;
  return {
    ...{ cluster, namespace, webhook, control, shop: places.shop, injectedPod, registry, foreignRoot, reinstall },
    fresh: (what) => `${what}-${(used += 1)}`,
    close: () => {
      webhook.close();
      control.close();
    },
  };
}
