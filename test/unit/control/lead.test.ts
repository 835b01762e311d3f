import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { certificateTimes } from '../../../certs/config.ts';
import { createLead } from '../../../control/lead.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { startApiServer } from '../kube/apiserver.ts';
import { clientOf, eventually } from '../kube/clients.ts';

const namespace = 'remora-system';
const day = 86_400_000;

describe('Control, while it leads', () => {
  it('does its work again when it has lost its lease and won it back', async () => {
    await using api = await startApiServer();
    for (const name of ['remora-ca', 'remora-seal', 'remora-webhook-tls']) {
      api.put(`/api/v1/namespaces/${namespace}/secrets/${name}`, { metadata: { name, namespace } });
    }
    for (const name of ['remora-platform', 'remora-images']) {
      api.put(`/api/v1/namespaces/${namespace}/configmaps/${name}`, { metadata: { name, namespace } });
    }
    const configuration = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/zz-remora';
    for (const path of [configuration, configuration.replace('mutating', 'validating')]) {
      api.put(path, { metadata: { name: 'zz-remora', uid: 'u' }, webhooks: [{ name: 'a.b.c', clientConfig: {} }] });
    }
    const lead = createLead({
      client: clientOf(api.url),
      config: {
        namespace,
        certificates: { provider: 'self', times: certificateTimes(day, 365 * day, day) },
        plainHttpRegistries: [],
      },
      events: { record: () => undefined },
      architecture: 'amd64',
      fetch: () => Promise.reject(new TypeError('no registry')),
      timer: systemTimer,
      random: () => 0.1,
      randomBytes,
      log: silentLogger,
      registry: new Registry(),
    });
    for (const term of [1, 2]) {
      for (const name of ['remora-platform', 'remora-images']) {
        api.put(`/api/v1/namespaces/${namespace}/configmaps/${name}`, { metadata: { name, namespace } });
      }
      const stop = new AbortController();
      const leading = lead(stop.signal);
      const data = (path: string): unknown => api.objects.get(`/api/v1/namespaces/${namespace}/${path}`)?.['data'];
      await Promise.race([
        leading,
        eventually(
          () =>
            data('configmaps/remora-platform') !== undefined &&
            data('configmaps/remora-images') !== undefined &&
            data('secrets/remora-webhook-tls') !== undefined,
        ),
      ]);
      stop.abort();
      await leading;
      expect(data('configmaps/remora-images'), `term ${term}`).to.deep.equal({ 'images.json': '{}' });
    }
  });
});
