import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { KubeObject } from '../../../kube/types.ts';
import { resources } from '../../../kube/resources.ts';
import { describeOnCluster } from '../harness/suite.ts';
import { fetchService } from '../harness/forward.ts';

interface Pod extends KubeObject {
  readonly status?: { readonly phase?: string };
}

describeOnCluster('cluster', (suite) => {
  const run = async (name: string, script: string): Promise<string> => {
    const image = await suite.cluster.image('toolbox');
    await suite.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, command: ['sh', '-c', script] }],
      },
    });
    await suite.watchUntil<Pod, true>({
      type: resources.pods,
      fieldSelector: `metadata.name=${name}`,
      what: `pod ${name} has ended`,
      deadlineMs: 30_000,
      until: ([pod]) => (pod?.status?.phase === 'Succeeded' || pod?.status?.phase === 'Failed' ? true : undefined),
    });
    return await suite.kubectl('logs', name);
  };

  before(async () => {
    await suite.cluster.load('toolbox');
  });

  it('runs Kubernetes 1.37', async () => {
    const version = await suite.cluster.client.raw<{ readonly gitVersion: string }>('/version');
    expect(version.outcome === 'ok' && version.value.gitVersion).to.match(/^v1\.37\./);
  });

  it('resolves names of Services in pods', async () => {
    expect(await run('resolve', 'nslookup kubernetes.default.svc.cluster.local')).to.contain('10.96.0.1');
  });

  it('has no way out of the machine, and none to the machine', async () => {
    const { network } = suite.cluster;
    // A person's cluster may well have a way out.
    if (network === undefined) return;
    const listener = createServer().listen(0, network.machineAddress);
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    // The API server answers on the same kind of connection, so it is not the tool that fails.
    const script = [
      'exec 2> /dev/null',
      'nc -w 2 10.96.0.1 443 < /dev/null && echo reached-api',
      'nc -w 2 198.51.100.1 443 < /dev/null && echo reached-internet',
      `nc -w 2 ${network.machineAddress} ${port} < /dev/null && echo reached-machine`,
      'true',
    ].join('; ');
    const printed = await run('out', script);
    listener.close();
    expect(printed.trim()).to.equal('reached-api');
  });

  it('serves a Service to pods and, by port-forward, to tests', async () => {
    const answer =
      'printf "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello" | nc -l -p 8080';
    const image = await suite.cluster.image('toolbox');
    await suite.apply(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [{ name: 'main', image, command: ['sh', '-c', `while true; do ${answer}; done`] }],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    );
    await suite.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await run('ask', 'wget -qO- http://web')).to.equal('hello');
    const response = await fetchService(suite.cluster, { namespace: suite.namespace, name: 'web', port: 80 }, '/');
    expect(response).to.include({ status: 200, text: 'hello' });
  });

  it('offers what Remora is built on: pod certificates, trust bundles, image volumes, resize, env files', async () => {
    const certificates = await suite.cluster.kubectl(
      'api-resources',
      '--api-group',
      'certificates.k8s.io',
      '-o',
      'name',
    );
    expect(certificates).to.contain('podcertificaterequests').and.to.contain('clustertrustbundles');
    const fields = [
      'pod.spec.volumes.image',
      'pod.spec.volumes.projected.sources.podCertificate',
      'pod.spec.containers.env.valueFrom.fileKeyRef',
      'pod.spec.containers.resizePolicy',
    ];
    for (const field of fields) await suite.cluster.kubectl('explain', field);
  });
});
