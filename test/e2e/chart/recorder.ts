import { randomBytes } from 'node:crypto';
import { createRoot, issueLeaf } from '../../../certs/issue.ts';
import { resources } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { ofKind, render } from '../../unit/manifests/chart/helm.ts';
import type { Rendered } from '../../unit/manifests/chart/helm.ts';
import { portForward } from '../harness/forward.ts';
import type { ClusterSuite } from '../harness/suite.ts';

interface Entry {
  readonly name: string;
  readonly clientConfig: unknown;
  readonly namespaceSelector: { readonly matchExpressions: readonly unknown[] };
}

interface Configuration extends Rendered {
  readonly webhooks: readonly Entry[];
}

interface Pod extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Namespaces with this label are recorded. */
export const recordedLabel = 'remora.test/recorded';

/** A webhook that allows everything and remembers what it was asked, by the names of the chart's entries. */
export interface Recorder {
  /** What was asked since the last call: `pods.prove CREATE`, in the order in which it came. */
  take(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const program = `
  const { readFileSync } = require('node:fs');
  const asked = [];
  require('node:https').createServer(
    { key: readFileSync('/recorder/tls.key'), cert: readFileSync('/recorder/tls.crt') },
    async (incoming, answer) => {
      const { request } = JSON.parse(Buffer.concat(await incoming.toArray()));
      asked.push(incoming.url.slice(1).split(/[.]remora[.]dev/)[0] + ' ' + request.operation);
      const response = { uid: request.uid, allowed: true };
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }));
    },
  ).listen(8443);
  require('node:http').createServer((_, answer) => answer.end(JSON.stringify(asked.splice(0)))).listen(8080);
`;

/**
 * Points copies of the chart's webhook configurations at a pod that records. The copies ask only about namespaces with
 * the label `recordedLabel`; each entry's selectors, rules and conditions are the chart's own.
 */
export async function startRecorder(suite: ClusterSuite): Promise<Recorder> {
  const { cluster, namespace } = suite;
  await cluster.load('remora');
  const now = Date.now();
  const root = await createRoot(now, 3_600_000, randomBytes);
  const names = [`recorder.${namespace}.svc`];
  const leaf = await issueLeaf(root, { now, lifeMs: 3_600_000, names, random: randomBytes });
  const labels = { app: 'recorder' };
  await suite.apply(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'recorder' },
      data: { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'main.cjs': program },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'recorder', labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'recorder',
            image: await cluster.image('remora'),
            command: ['/usr/local/bin/node', '/recorder/main.cjs'],
            readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'recorder', mountPath: '/recorder' }],
          },
        ],
        volumes: [{ name: 'recorder', configMap: { name: 'recorder' } }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'recorder' },
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
  );
  await suite.watchUntil<Pod, true>({
    type: resources.pods,
    fieldSelector: 'metadata.name=recorder',
    what: 'the recorder is ready',
    deadlineMs: 60_000,
    until: ([pod]) =>
      pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? true : undefined,
  });
  const forward = await portForward(cluster, namespace, 'pod/recorder', 8080);
  const copies = await copiesOf(namespace, root.certificate);
  await suite.apply(...copies);
  return {
    take: async () => {
      const answer = await fetch(`http://127.0.0.1:${forward.localPort}`, { signal: AbortSignal.timeout(10_000) });
      return (await answer.json()) as readonly string[];
    },
    close: async () => {
      forward.close();
      for (const { kind, metadata } of copies) await cluster.kubectl('delete', kind, metadata.name);
    },
  };
}

async function copiesOf(namespace: string, root: string): Promise<readonly Rendered[]> {
  const objects = await render();
  const configurations = [
    ...ofKind<Configuration>(objects, 'MutatingWebhookConfiguration'),
    ...ofKind<Configuration>(objects, 'ValidatingWebhookConfiguration'),
  ];
  return configurations.map(({ webhooks, metadata, ...rest }) => ({
    ...rest,
    metadata: { name: `${namespace}-${metadata.name}` },
    webhooks: webhooks.map((entry) => ({
      ...entry,
      clientConfig: {
        caBundle: Buffer.from(root).toString('base64'),
        service: { name: 'recorder', namespace, path: `/${entry.name}`, port: 443 },
      },
      failurePolicy: 'Fail',
      namespaceSelector: { ...entry.namespaceSelector, matchLabels: { [recordedLabel]: namespace } },
    })),
  }));
}
