import { expect } from 'chai';
import type { KubeObject } from '../../../kube/types.ts';
import { resources } from '../../../kube/resources.ts';
import { followTraces } from '../../traces/follow.ts';
import { serviceOf } from '../../traces/span.ts';
import type { Span } from '../../traces/span.ts';
import { attemptUntil } from '../harness/attempts.ts';
import { fetchService } from '../harness/forward.ts';
import { remora, sharedRemora } from '../harness/remora.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { buy, installShop, restartShop, shopServices } from './shop.ts';

const injected = 'remora.dev/injected';

const isWholeTrace = (spans: readonly Span[]): boolean =>
  shopServices.every((service) => spans.some((span) => serviceOf(span) === service)) &&
  spans.some((span) => (span.attributes.get('db.system.name') ?? span.attributes.get('db.system')) === 'postgresql');

describeOnCluster('telemetry', (suite) => {
  let shop: string;

  /** Pods of the shop that are not going away, by their Deployment. */
  const pods = async (): Promise<ReadonlyMap<string, KubeObject>> => {
    const listed = await suite.cluster.client.list<KubeObject>(resources.pods, { namespace: shop });
    if (listed.outcome === 'failed') throw new Error(listed.message);
    const living = listed.value.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return new Map(living.map((pod) => [pod.metadata.labels?.['app.kubernetes.io/name'] ?? '', pod]));
  };
  const annotations = async (): Promise<readonly (string | undefined)[]> => {
    const found = await pods();
    return shopServices.map((name) => found.get(name)?.metadata.annotations?.[injected]);
  };
  const wholeTrace = (deadlineMs: number): Promise<readonly Span[] | undefined> =>
    followTraces({
      kubectl: suite.cluster.kubectlCommand,
      namespace: remora.namespace,
      deadlineMs,
      isRight: (spans) => isWholeTrace(spans) && spans.some((span) => span.resource.get('k8s.namespace.name') === shop),
    });

  before('Remora, and a shop that knows nothing of it', async () => {
    await sharedRemora(suite.cluster);
    suite.observeNamespace(remora.namespace);
    shop = await suite.makeNamespace('shop', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
    await installShop(suite.cluster, shop);
  });

  it('leaves a namespace without the label alone', async () => {
    expect(await annotations()).to.deep.equal([undefined, undefined, undefined]);
    expect(await buy(suite.cluster, shop)).to.contain('"service":"web"');
  });

  it('changes nothing in running pods when the namespace is labelled', async () => {
    await suite.cluster.kubectl('label', 'namespace', shop, 'remora.dev/inject=enabled');
    await suite.cluster.kubectl('annotate', 'namespace', shop, 'remora.dev/telemetry=node,java,python');
    expect(await annotations()).to.deep.equal([undefined, undefined, undefined]);
  });

  it('makes one request one trace across Node, Python and Java, down to Postgres, after a restart', async function () {
    // A JVM with its agent takes long to start on a busy machine.
    this.timeout(240_000);
    await restartShop(suite.cluster, shop);
    for (const annotation of await annotations()) {
      expect(JSON.parse(annotation ?? '{}')).to.have.nested.property('features.telemetry');
    }
    const trace = wholeTrace(60_000);
    await buy(suite.cluster, shop);
    const spans = await trace;
    expect(spans?.map(serviceOf)).to.include.members([...shopServices]);
    for (const span of spans ?? []) {
      expect(span.resource.get('k8s.namespace.name')).to.equal(shop);
      expect(span.resource.get('k8s.deployment.name')).to.equal(serviceOf(span));
      expect(span.resource.get('k8s.pod.name')).to.match(new RegExp(`^${serviceOf(span)}-`));
    }
  });

  it('shows the requests of each service to Prometheus', async () => {
    // A series begins with 0 when the connector first hears of it.
    const isCounted = (line: string): boolean =>
      line.startsWith('remora_calls_total{') &&
      line.includes(`k8s_namespace_name="${shop}"`) &&
      Number(line.slice(line.lastIndexOf(' '))) > 0;
    let text = '';
    await attemptUntil('requests of every service are counted', 60_000, async () => {
      const collector = { namespace: remora.namespace, name: 'remora-collector', port: 8889 };
      ({ text } = await fetchService(suite.cluster, collector, '/metrics'));
      const lines = text.split('\n').filter(isCounted);
      const isThere = (service: string): boolean => lines.some((line) => line.includes(`service_name="${service}"`));
      return shopServices.every(isThere) ? true : undefined;
    }).catch((error: unknown) => {
      const series = text.split('\n').filter((line) => line.startsWith('remora_calls_total'));
      throw new Error(`${String(error)}\n${series.slice(0, 10).join('\n')}`);
    });
  });

  it('leaves the tools of an injected container alone: keytool says what it says without the agent', async () => {
    const price = ['-n', shop, 'exec', 'deployment/price', '--'] as const;
    const keytool = `/usr/lib/jvm/java-17-openjdk-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/keytool`;
    const printed = await suite.cluster.kubectlWithWarnings(...price, keytool, '-showinfo', '-tls');
    expect(printed).to.contain('Picked up JAVA_TOOL_OPTIONS').and.contain('TLSv1.3');
    // What the agent says of itself when it starts, as it did in the service beside the tool.
    expect(printed).to.not.match(/otel\.javaagent|remora telemetry/);
    expect(await suite.cluster.kubectl('-n', shop, 'logs', 'deployment/price')).to.match(/otel\.javaagent/);
  });

  it('copies the agents with an init container where the platform has no image volumes', async function () {
    this.timeout(240_000);
    const system = ['-n', remora.namespace] as const;
    const platform = (text: string): Promise<string> =>
      suite.cluster.kubectl(
        ...system,
        ...['patch', 'configmap', 'remora-platform', '--type=merge', '-p'],
        JSON.stringify({ data: { 'platform.json': text } }),
      );
    // As on a cluster whose nodes are older: control, which knows better, is not there to say otherwise.
    await suite.cluster.kubectl(...system, 'scale', 'deployment/remora-control', '--replicas=0');
    await suite.cluster.kubectl(
      ...system,
      'wait',
      'pod',
      '-l',
      'app.kubernetes.io/name=remora-control',
      '--for=delete',
      '--timeout=60s',
    );
    await platform('{"imageVolumes":false,"oldestKubelet":"v1.34.0","reasons":{}}');
    try {
      await suite.cluster.kubectl('-n', shop, 'rollout', 'restart', 'deployment/web');
      await suite.cluster.kubectl('-n', shop, 'rollout', 'status', 'deployment/web', '--timeout=90s');
      const web = JSON.stringify((await pods()).get('web'));
      expect(web).to.contain('"initContainers"').and.contain('/copy').and.not.contain('"reference"');
      const trace = wholeTrace(60_000);
      await buy(suite.cluster, shop);
      expect((await trace)?.map(serviceOf)).to.include.members([...shopServices]);
    } finally {
      await suite.cluster.kubectl(...system, 'scale', 'deployment/remora-control', '--replicas=2');
      await suite.cluster.kubectl(...system, 'rollout', 'status', 'deployment/remora-control', '--timeout=90s');
    }
  });

  it('leaves out a workload that opts out, and its service is then missing from the trace', async () => {
    const patch = { spec: { template: { metadata: { labels: { 'remora.dev/inject': 'disabled' } } } } };
    await suite.cluster.kubectl('-n', shop, 'patch', 'deployment', 'stock', '-p', JSON.stringify(patch));
    await suite.cluster.kubectl('-n', shop, 'rollout', 'status', 'deployment/stock', '--timeout=90s');
    const [web, stock, price] = await annotations();
    expect(web).to.be.a('string');
    expect(stock).to.equal(undefined);
    expect(price).to.be.a('string');
  });

  it('takes everything off when the label goes and the pods are restarted', async () => {
    await suite.cluster.kubectl('label', 'namespace', shop, 'remora.dev/inject-');
    await restartShop(suite.cluster, shop);
    expect(await annotations()).to.deep.equal([undefined, undefined, undefined]);
    const web = JSON.stringify((await pods()).get('web'));
    expect(web).to.not.contain('OTEL_').and.not.contain('remora-telemetry');
    expect(await buy(suite.cluster, shop)).to.contain('"service":"web"');
  });
});
