import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubeObject } from '../../../kube/types.ts';
import { configurations, type WebhookConfiguration } from '../../../certs/configurations.ts';
import { servingNames } from '../../../certs/reconcile.ts';
import { applyObjects } from '../../e2e/harness/apply.ts';
import { attemptUntil } from '../../e2e/harness/attempts.ts';
import type { TestCluster } from '../../e2e/harness/cluster.ts';
import { isReady } from '../../e2e/harness/pods.ts';
import { remora } from '../../e2e/harness/remora.ts';
import { followTraces } from '../../traces/follow.ts';
import { serviceOf } from '../../traces/span.ts';
import { podsOf, type PlacedPod } from './placement.ts';
import type { NodesStage } from './stage.ts';

/** Where the probe pods are: a namespace that Remora leaves alone. */
export const trafficNamespace = 'traffic';

interface Target {
  readonly name: string;
  readonly url: string;
  readonly times: number;
  readonly [option: string]: unknown;
}

/** How often each answer, or failure, came from each target: `{"service probe": {"200 node1": 9, "200 node2": 11}}`. */
export type Seen = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A pod on each node that answers with the node's name, behind a Service and behind one that stays on the node. */
export async function startProbes(cluster: TestCluster): Promise<void> {
  const labels = { app: 'probe' };
  const ports = [{ port: 80, targetPort: 8080 }];
  const script = await readFile(new URL('probe.cjs', import.meta.url), 'utf8');
  const metadata = { namespace: trafficNamespace };
  await cluster.kubectl('create', 'namespace', trafficNamespace);
  await applyObjects(cluster, trafficNamespace, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: 'probe' }, data: { 'probe.cjs': script } },
    { apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, name: 'probe' }, spec: { selector: labels, ports } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'probe-local' },
      spec: { selector: labels, ports, internalTrafficPolicy: 'Local' },
    },
    probeSet(await cluster.image('remora'), labels),
  ]);
  await cluster.kubectl('-n', trafficNamespace, 'rollout', 'status', 'daemonset/probe', '--timeout=120s');
}

function probeSet(image: string, labels: Readonly<Record<string, string>>): KubeObject {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'probe' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'probe',
              image,
              command: ['/usr/local/bin/node', '/probe/probe.cjs', 'serve'],
              env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
              readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
              volumeMounts: [{ name: 'probe', mountPath: '/probe' }],
            },
          ],
          volumes: [{ name: 'probe', configMap: { name: 'probe' } }],
        },
      },
    },
  };
  return set;
}

/** The probe pods, by node; also those on a node that is away. */
async function probesByNode(cluster: TestCluster): Promise<ReadonlyMap<string, PlacedPod>> {
  const pods = await podsOf(cluster, trafficNamespace, 'app=probe');
  return new Map(pods.map((pod) => [pod.spec.nodeName ?? '', pod]));
}

/**
 * Sends requests from a node's probe pod to everything that a pod there may want to reach.
 *
 * @param sender service name of the span that it sends to the collector.
 */
export async function lookFrom(stage: NodesStage, node: string, sender = node): Promise<Seen> {
  const { cluster } = stage;
  const probes = await probesByNode(cluster);
  const own = probes.get(node);
  if (own === undefined) throw new Error(`no probe on ${node}`);
  const targets = [...(await webhookTargets(cluster)), collectorTarget(sender), ...podTargets(probes)];
  const ask = ['/usr/local/bin/node', '/probe/probe.cjs', 'ask', JSON.stringify(targets)];
  const words = ['-n', trafficNamespace, 'exec', own.metadata.name ?? '', '-c', 'probe', '--', ...ask];
  return JSON.parse(await cluster.kubectl(...words)) as Seen;
}

/** The webhook's Service and each of its replicas, over TLS that is verified as the API server does. */
async function webhookTargets(cluster: TestCluster): Promise<readonly Target[]> {
  const [, validating] = configurations;
  if (validating === undefined) throw new Error('no validating configuration');
  const read = await cluster.client.get<WebhookConfiguration>(validating.type, { name: validating.name });
  if (read.outcome === 'failed') throw new Error(read.message);
  const bundle = read.value.webhooks?.[0]?.clientConfig.caBundle ?? '';
  const ca = Buffer.from(bundle, 'base64').toString('utf8');
  const [servername = ''] = servingNames(remora.namespace);
  const replicas = await podsOf(cluster, remora.namespace, 'app.kubernetes.io/name=remora-webhook');
  return [
    { name: 'service remora-webhook', url: `https://${servername}/validate`, times: 20, ca },
    ...replicas.filter(isReady).map(({ spec, status }) => ({
      name: `replica remora-webhook on ${spec.nodeName ?? ''}`,
      url: `https://${status?.podIP ?? ''}:9443/validate`,
      times: 3,
      ca,
      servername,
    })),
  ];
}

function collectorTarget(sender: string): Target {
  const id = createHash('sha256').update(sender).digest('hex');
  const now = `${Date.now()}000000`;
  const span = { traceId: id.slice(0, 32), spanId: id.slice(32, 48), name: 'reach', kind: 1 };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: sender } }] };
  const spans = [{ ...span, startTimeUnixNano: now, endTimeUnixNano: now }];
  return {
    name: 'service remora-collector',
    url: `http://remora-collector.${remora.namespace}.svc:4318/v1/traces`,
    times: 3,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  };
}

function podTargets(probes: ReadonlyMap<string, PlacedPod>): readonly Target[] {
  const pods = [...probes].map(([node, { status }]) => ({
    name: `pod on ${node}`,
    url: `http://${status?.podIP ?? ''}:8080`,
    times: 3,
  }));
  const [first] = probes.values();
  return [
    ...pods,
    { name: 'service probe', url: `http://probe.${trafficNamespace}.svc`, times: 40 },
    { name: 'service probe-local', url: `http://probe-local.${trafficNamespace}.svc`, times: 10 },
    // The planted case: nobody listens there.
    { name: 'closed port', url: `http://${first?.status?.podIP ?? ''}:8099`, times: 1 },
  ];
}

/** What of the traffic from a node is not as it must be while only `up` answer; nothing when all is right. */
export function faultsIn(seen: Seen, node: string, up: readonly string[]): readonly string[] {
  const answers = (target: string): readonly string[] => Object.keys(seen[target] ?? {}).sort();
  const faults: string[] = [];
  const mustBe = (target: string, wanted: readonly string[]): void => {
    if (answers(target).join() !== wanted.join()) {
      faults.push(`from ${node}, ${target} answered ${JSON.stringify(seen[target])}, not ${wanted.join(' and ')}`);
    }
  };
  const webhooks = Object.keys(seen).filter((target) => target.includes('remora-webhook'));
  for (const target of webhooks) mustBe(target, ['405 use POST']);
  mustBe('service remora-collector', ['200 {"partialSuccess":{}}']);
  for (const other of up) mustBe(`pod on ${other}`, [`200 ${other}`]);
  mustBe('service probe', up.map((name) => `200 ${name}`).sort());
  mustBe('service probe-local', [`200 ${node}`]);
  mustBe('closed port', ['ECONNREFUSED']);
  return faults;
}

/** Looks from both nodes until all is right, and finds at the collector what was sent to it from each. */
export async function lookFromAll(stage: NodesStage, when: string): Promise<Readonly<Record<string, Seen>>> {
  const { cluster, nodes } = stage;
  const seen: Record<string, Seen> = {};
  for (const node of nodes) {
    // Another one at each look, since the collector's log also holds what came before.
    const sender = `probe-${node}-${Date.now()}`;
    seen[node] = await lookUntilRight(stage, node, sender, when);
    const spans = await followTraces({
      kubectl: cluster.kubectlCommand,
      namespace: remora.namespace,
      deadlineMs: 30_000,
      isRight: (trace) => trace.some((span) => serviceOf(span) === sender),
    });
    stage.require(spans !== undefined, `${when}: the collector has no span from ${node}`);
  }
  return seen;
}

/** New endpoints reach the nodes' kube-proxies a moment after their pods are ready: a look may come too early. */
async function lookUntilRight(stage: NodesStage, node: string, sender: string, when: string): Promise<Seen> {
  let seen: Seen = {};
  await attemptUntil('traffic is right', 30_000, async () => {
    seen = await lookFrom(stage, node, sender);
    return faultsIn(seen, node, stage.nodes).length === 0 ? true : undefined;
  }).catch(() => {
    for (const fault of faultsIn(seen, node, stage.nodes)) stage.require(false, `${when}: ${fault}`);
  });
  return seen;
}
