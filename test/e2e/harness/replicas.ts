import { resources } from '../../../kube/resources.ts';
import { scale } from './admissions.ts';
import { remora } from './remora.ts';
import type { ClusterSuite } from './suite.ts';

/** Gives the webhook so many replicas, and resolves when just these are ready. */
export async function scaleWebhook({ cluster: { client } }: ClusterSuite, replicas: number): Promise<void> {
  await scale({ client, namespace: remora.namespace, name: 'remora-webhook' }, replicas, 90_000);
}

/** Takes all replicas of the webhook away, until the last is gone: one that drains still answers. */
export async function takeWebhookDown(suite: ClusterSuite): Promise<void> {
  await scaleWebhook(suite, 0);
  await suite.watchUntil({
    type: resources.pods,
    namespace: remora.namespace,
    labelSelector: 'app.kubernetes.io/name=remora-webhook',
    what: 'no replica is left',
    deadlineMs: 60_000,
    until: (pods) => (pods.length === 0 ? true : undefined),
  });
}
