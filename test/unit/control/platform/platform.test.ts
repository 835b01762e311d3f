import { expect } from 'chai';
import { runPlatform } from '../../../../control/platform/platform.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { refuse, startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer, Fault, Stored } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';

const found = '/api/v1/namespaces/remora-system/configmaps/remora-platform';

const node = (name: string, kubeletVersion: string): Stored => ({
  metadata: { name },
  status: { nodeInfo: { kubeletVersion, containerRuntimeVersion: 'containerd://2.4.2' } },
});

/** Answers the dry-run pod as an API server with or without the feature does. */
const answerPod =
  (keepsImages: boolean): Fault =>
  ({ method, path, body }, response) => {
    if (method !== 'POST' || !path.endsWith('/pods')) return false;
    const pod = body as { spec: { volumes: { name: string }[] } };
    if (!keepsImages) pod.spec.volumes = pod.spec.volumes.map(({ name }) => ({ name }));
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(pod));
    return true;
  };

describe('Platform, while it runs', () => {
  let api: ApiServer;
  let stop: AbortController;
  let running: Promise<void>;

  const start = (): void => {
    stop = new AbortController();
    const client = clientOf(api.url);
    const options = { client, namespace: 'remora-system', timer: systemTimer, random: () => 0.1, log: silentLogger };
    running = runPlatform(options, stop.signal);
  };
  const platform = (): unknown => {
    const text = (api.objects.get(found)?.data as Record<string, string> | undefined)?.['platform.json'];
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  };

  beforeEach(async () => {
    api = await startApiServer();
    api.put(found, { metadata: { name: 'remora-platform', namespace: 'remora-system' } });
    api.put('/api/v1/nodes/node1', node('node1', 'v1.37.2'));
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('is published, and looked at again when a node joins', async () => {
    api.faults.push(answerPod(true));
    start();
    await eventually(() => platform() !== undefined);
    expect(platform()).to.include({ imageVolumes: true, oldestKubelet: 'v1.37.2' });
    api.put('/api/v1/nodes/node2', node('node2', 'v1.34.0'));
    await eventually(() => !(platform() as { imageVolumes: boolean }).imageVolumes);
    expect(platform()).to.include({ oldestKubelet: 'v1.34.0' });
  });

  it('believes an API server that drops the field, and one that refuses the volume without it', async () => {
    for (const fault of [
      answerPod(false),
      ((seen, response) => (seen.method === 'POST' ? refuse(response, 422, 'Invalid') : false)) satisfies Fault,
    ]) {
      api.faults.length = 0;
      api.faults.push(fault);
      start();
      await eventually(() => platform() !== undefined);
      expect(platform()).to.have.nested.property(
        'reasons.imageVolumes',
        'the API server drops image volumes from pods',
      );
      stop.abort();
      await running;
    }
  });

  it('never asks for the pod to be stored', async () => {
    api.faults.push(answerPod(true));
    start();
    await eventually(() => platform() !== undefined);
    const created = api.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/pods'));
    expect(created.map(({ query }) => query.get('dryRun'))).to.deep.equal(['All']);
  });
});
