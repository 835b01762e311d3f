import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { Registry as MetricsRegistry } from 'prom-client';
import { runImages } from '../../../../control/images/images.ts';
import { createImageMetrics } from '../../../../control/images/metrics.ts';
import { systemTimer } from '../../../../runtime/clock.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { startApiServer } from '../../kube/apiserver.ts';
import type { ApiServer } from '../../kube/apiserver.ts';
import { clientOf, eventually } from '../../kube/clients.ts';

const found = '/api/v1/namespaces/remora-system/configmaps/remora-images';
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('Images, while they run', () => {
  let api: ApiServer;
  let stop: AbortController;
  let running: Promise<void>;
  let lead: () => Promise<void>;
  let asked: string[];

  /** A registry that has every image, with its own name in PYTHONPATH. */
  const registry = (url: string | URL | Request): Promise<Response> => {
    const path = new URL(url instanceof Request ? url.url : url).pathname;
    const [, name = ''] = /^\/v2\/(.*)\/(?:manifests|blobs)\//.exec(path) ?? [];
    const configuration = JSON.stringify({ config: { Env: [`PYTHONPATH=/${name}`] } });
    if (path.includes('/blobs/')) return Promise.resolve(new Response(configuration));
    asked.push(name);
    return Promise.resolve(new Response(JSON.stringify({ config: { digest: digestOf(configuration) } })));
  };
  const images = (): Record<string, unknown> => {
    const text = (api.objects.get(found)?.data as Record<string, string> | undefined)?.['images.json'];
    return JSON.parse(text ?? '{}') as Record<string, unknown>;
  };
  const labelled = (name: string, labels: object): void => {
    api.put(`/api/v1/namespaces/${name}`, { metadata: { name, labels } });
  };
  const pod = (namespace: string, name: string, image: string): void => {
    api.put(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      metadata: { namespace, name },
      spec: { containers: [{ name: 'main', image }] },
    });
  };

  beforeEach(async () => {
    asked = [];
    api = await startApiServer();
    api.put(found, { metadata: { name: 'remora-images', namespace: 'remora-system' } });
    labelled('shop', { 'remora.dev/inject': 'enabled' });
    labelled('other', {});
    pod('shop', 'web', 'quay.io/shop/web:1');
    pod('other', 'secret', 'quay.io/other/app:1');
    stop = new AbortController();
    const metrics = createImageMetrics(new MetricsRegistry());
    lead = async () => {
      await runImages(
        {
          client: clientOf(api.url),
          namespace: 'remora-system',
          registry: { plainHttpHosts: [], architecture: 'amd64', deadlineMs: 5_000, fetch: registry },
          times: { refreshMs: 600_000, retryMs: 10_000, forgetMs: 86_400_000 },
          timer: systemTimer,
          random: () => 0.1,
          log: silentLogger,
          metrics,
        },
        stop.signal,
      );
    };
    running = lead();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('are read for labelled namespaces only', async () => {
    await eventually(() => 'quay.io/shop/web:1' in images());
    expect(images()).to.deep.equal({ 'quay.io/shop/web:1': { environment: { PYTHONPATH: '/shop/web' } } });
    expect(asked).to.deep.equal(['shop/web']);
  });

  it('are read as soon as a namespace is labelled, and when a template names a new one', async () => {
    await eventually(() => 'quay.io/shop/web:1' in images());
    labelled('other', { 'remora.dev/inject': 'enabled' });
    await eventually(() => 'quay.io/other/app:1' in images());
    api.put('/apis/apps/v1/namespaces/shop/deployments/next', {
      metadata: { namespace: 'shop', name: 'next' },
      spec: { template: { spec: { containers: [{ name: 'main', image: 'quay.io/shop/next:2' }] } } },
    });
    await eventually(() => 'quay.io/shop/next:2' in images());
    expect(asked).to.deep.equal(['shop/web', 'other/app', 'shop/next']);
  });

  it('are read again in a second term, after the lease was lost and won back', async () => {
    await eventually(() => 'quay.io/shop/web:1' in images());
    stop.abort();
    await running;
    api.put(found, { metadata: { name: 'remora-images', namespace: 'remora-system' } });
    stop = new AbortController();
    running = lead();
    await eventually(() => 'quay.io/shop/web:1' in images());
    expect(asked).to.deep.equal(['shop/web', 'shop/web']);
  });
});
