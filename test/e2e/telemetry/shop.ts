import { fileURLToPath } from 'node:url';
import { installChart } from '../harness/chart.ts';
import type { TestCluster } from '../harness/cluster.ts';

/** The plain shop's chart: it knows nothing of Remora. */
export const shopChart = fileURLToPath(new URL('../../apps/shop', import.meta.url));

export const shopImages = ['node', 'python', 'java', 'postgres'] as const;

/** Services of the shop in the order in which a request passes them. */
export const shopServices = ['web', 'stock', 'price'] as const;

/** Installs the shop with Helm, as its own team would. */
export async function installShop(cluster: TestCluster, namespace: string): Promise<void> {
  await cluster.load(...shopImages);
  const [web, stock, price, database] = await Promise.all(shopImages.map((name) => cluster.image(name)));
  const values = { images: { web, stock, price, database } };
  await installChart(cluster, { release: 'shop', namespace, chart: shopChart, values });
}

/** Restarts the shop as a person would, and waits until the new pods serve. */
export async function restartShop(cluster: TestCluster, namespace: string): Promise<void> {
  await cluster.kubectl('-n', namespace, 'rollout', 'restart', 'deployment');
  for (const name of shopServices) {
    await cluster.kubectl('-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=90s');
  }
}

const servedDeadlineMs = 30_000;

/**
 * One request through all services, by the API server's proxy, which is there on any cluster. A Service's new
 * endpoints reach kube-proxy a moment after its pods are ready, so a failed request is sent again until the deadline.
 *
 * @throws Error with the last answer, at the deadline.
 */
export async function buy(cluster: TestCluster, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/services/web:http/proxy/products/teapot`;
  const until = performance.now() + servedDeadlineMs;
  for (;;) {
    try {
      return await cluster.kubectl('get', '--raw', path);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}
