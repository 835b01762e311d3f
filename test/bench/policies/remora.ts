import { join } from 'node:path';
import { stringify } from 'yaml';
import { resources } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import type { ApiServer } from '../apiserver.ts';
import type { Side } from '../measure.ts';
import { until } from '../process.ts';
import { make, remoraNamespace, startWebhook } from '../remora.ts';
import type { PolicyDocument } from './documents.ts';

export interface PolicyWebhook extends Side {
  readonly debugPort: number;
}

/** Starts the webhook with so many threads for policies; absent: as many as the chart gives. */
export async function startPolicyWebhook(
  api: ApiServer,
  folder: string,
  tell: (line: string) => void,
  workers?: number,
): Promise<PolicyWebhook> {
  const config = workers === undefined ? {} : { policies: { workers } };
  const { port, debugPort, process } = await startWebhook({ api, folder: join(folder), config, tell });
  return { port, path: '/policies', debugPort, process };
}

/** A policy ConfigMap of Remora's own namespace with Gatekeeper's two documents, as they are. */
export async function addToRemora(client: KubeClient, { template, constraint }: PolicyDocument): Promise<void> {
  await make(client, resources.configMaps, {
    metadata: {
      name: constraint.metadata.name,
      namespace: remoraNamespace,
      labels: { 'remora.dev/policy': 'true' },
    },
    data: { 'template.yaml': stringify(template), 'constraint.yaml': stringify(constraint) },
  });
}

/** Waits until the webhook has loaded so many policies. */
export async function untilLoaded({ debugPort }: PolicyWebhook, count: number): Promise<void> {
  const isLoaded = async (): Promise<boolean> => {
    const answered = await fetch(`http://127.0.0.1:${debugPort}/policies`);
    const statuses = (await answered.json()) as readonly { readonly state: string }[];
    return statuses.filter(({ state }) => state === 'loaded').length === count;
  };
  await until(`${count} policies`, isLoaded, 120_000);
}
