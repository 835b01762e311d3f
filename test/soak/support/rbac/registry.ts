import { resources } from '../../../../kube/resources.ts';
import { watchUntil } from '../../../cluster/watch.ts';
import { applyObjects } from '../../../e2e/harness/apply.ts';
import type { TestCluster } from '../../../e2e/harness/cluster.ts';
import { isReady, type RunningPod } from '../../../e2e/harness/pods.ts';

/** Answers as a registry does (OCI distribution specification) that has every image, each with the same configuration. */
const program = `
  const { createHash } = require('node:crypto');
  const configuration = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Env: ['PYTHONPATH=/app'] } });
  const digest = 'sha256:' + createHash('sha256').update(configuration).digest('hex');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  require('node:http').createServer(({ url }, answer) => {
    if (url.includes('/blobs/')) return answer.end(configuration);
    answer.setHeader('content-type', mediaType);
    answer.end(JSON.stringify({ schemaVersion: 2, mediaType, config: { digest }, layers: [] }));
  }).listen(5000);
`;

const labels = { app: 'registry' };
const port = 5000;

/** What control is told to ask over plain HTTP. */
export function registryAddress(namespace: string): string {
  return `registry.${namespace}.svc.cluster.local:${port}`;
}

/** Starts the registry in a namespace that is there; its program is run by Remora's own image. */
export async function startRegistry(cluster: TestCluster, namespace: string): Promise<void> {
  await applyObjects(cluster, namespace, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'registry' }, data: { 'main.cjs': program } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'registry', labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'registry',
            image: await cluster.image('remora'),
            command: ['/usr/local/bin/node', '/registry/main.cjs'],
            readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
            volumeMounts: [{ name: 'program', mountPath: '/registry' }],
          },
        ],
        volumes: [{ name: 'program', configMap: { name: 'registry' } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'registry' },
      spec: { selector: labels, ports: [{ port }] },
    },
  ]);
  await watchUntil<RunningPod, true>({
    client: cluster.client,
    type: resources.pods,
    namespace,
    what: 'the registry is ready',
    deadlineMs: 60_000,
    until: (pods) => (pods.some(isReady) ? true : undefined),
  });
}
