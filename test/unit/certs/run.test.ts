import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { certificateTimes } from '../../../certs/config.ts';
import { createCertificateMetrics } from '../../../certs/metrics.ts';
import { createReconciler } from '../../../certs/reconcile.ts';
import { runCertificates } from '../../../certs/run.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { refuse, startApiServer } from '../kube/apiserver.ts';
import type { ApiServer, Stored } from '../kube/apiserver.ts';
import { clientOf, eventually } from '../kube/clients.ts';

const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/zz-remora';
const validating = path.replace('mutating', 'validating');
const paths = [path, validating, `${validating}-policies`];
const secrets = '/api/v1/namespaces/remora-system/secrets';

describe('Certificates, while they run', () => {
  let api: ApiServer;
  let stop: AbortController;
  let running: Promise<void>;

  const bundle = (): unknown =>
    (api.objects.get(path) as { webhooks?: { clientConfig: { caBundle?: string } }[] } | undefined)?.webhooks?.[0]
      ?.clientConfig.caBundle;
  const configuration = (at: string, caBundle?: string): Stored => ({
    metadata: { name: at.slice(at.lastIndexOf('/') + 1), uid: 'u' },
    webhooks: [{ name: 'pods.inject.remora.dev', clientConfig: caBundle === undefined ? {} : { caBundle } }],
  });

  beforeEach(async () => {
    api = await startApiServer();
    for (const name of ['remora-ca', 'remora-seal', 'remora-webhook-tls']) {
      api.put(`${secrets}/${name}`, { metadata: { name, namespace: 'remora-system' } });
    }
    stop = new AbortController();
    const client = clientOf(api.url);
    const day = 86_400_000;
    const reconciler = createReconciler({
      client,
      namespace: 'remora-system',
      provider: 'self',
      times: certificateTimes(day, 365 * day, day),
      clock: systemTimer,
      random: randomBytes,
      log: silentLogger,
      metrics: createCertificateMetrics(new Registry()),
    });
    const common = { client, namespace: 'remora-system', timer: systemTimer, log: silentLogger };
    running = runCertificates({ ...common, reconciler, random: () => 0.1 }, stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await api.close();
  });

  it('are published as soon as the configurations are there, and healed as soon as someone edits them', async () => {
    await eventually(() => api.openWatches === 6);
    for (const one of paths) api.put(one, configuration(one));
    await eventually(() => bundle() !== undefined);
    const right = bundle();
    api.put(path, configuration(path, 'bm9uc2Vuc2U='));
    await eventually(() => bundle() === right, 2_000);
  });

  it('go on when the API server was away', async () => {
    api.faults.push((_, response) => refuse(response, 503, 'ServiceUnavailable'));
    await eventually(() => api.seen.length > 5);
    api.faults.length = 0;
    for (const one of paths) api.put(one, configuration(one));
    const serving = (): unknown => api.objects.get(`${secrets}/remora-webhook-tls`)?.data;
    await eventually(() => bundle() !== undefined && serving() !== undefined);
    expect(serving()).to.have.all.keys('tls.crt', 'tls.key', 'ca.crt');
  });
});
