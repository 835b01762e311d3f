import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../../kube/client.ts';
import { inClusterConnection } from '../../../kube/incluster.ts';
import { kubeconfigConnection } from '../../../kube/kubeconfig.ts';
import { resources } from '../../../kube/resources.ts';
import { createTransport } from '../../../kube/transport.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { selfSigned } from '../runtime/certificate.ts';
import { refuse, startApiServer } from './apiserver.ts';
import type { ApiServer } from './apiserver.ts';
import { clientOf, connectionTo, eventually } from './clients.ts';

const base = '/api/v1/namespaces/shop/configmaps';

function configMap(name: string, extra: object = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, ...extra };
}

describe('Kubernetes client', () => {
  let api: ApiServer;
  beforeEach(async () => void (api = await startApiServer()));
  afterEach(() => api.close());

  it('reads one object, and says NotFound of one that is not there', async () => {
    api.put(`${base}/a`, configMap('a', { data: { k: 'v' } }));
    const client = clientOf(api.url);
    expect(await client.get(resources.configMaps, { namespace: 'shop', name: 'a' })).to.have.nested.property(
      'value.data.k',
      'v',
    );
    expect(await client.get(resources.configMaps, { namespace: 'shop', name: 'b' })).to.include({
      code: 'NotFound',
      status: 404,
    });
  });

  it('lists 1 203 objects of all namespaces in pages of 500', async () => {
    for (let i = 0; i < 1_203; i += 1) api.put(`${base}/c${i}`, configMap(`c${i}`));
    const listed = await clientOf(api.url).list<KubeObject>(resources.configMaps);
    expect(listed.outcome === 'ok' && listed.value.items.length).to.equal(1_203);
    expect(api.seen.map(({ path, query }) => [path, query.get('limit')])).to.deep.equal(
      Array(3).fill(['/api/v1/configmaps', '500']),
    );
  });

  it('says what may not be done to the end of the sentence, where verb and resource stand', async () => {
    const user = `system:serviceaccount:${'n'.repeat(63)}:remora-control`;
    const type = 'mutatingwebhookconfigurations';
    const message =
      `${type}.admissionregistration.k8s.io "zz-remora" is forbidden: User "${user}" cannot patch resource "${type}" ` +
      'in API group "admissionregistration.k8s.io" at the cluster scope';
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden', message };
    api.faults.push((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(status));
      return true;
    });
    const refused = await clientOf(api.url).get(resources.mutatingWebhookConfigurations, { name: 'zz-remora' });
    expect(refused).to.include({ code: 'Forbidden', message });
  });

  it('tells a lost race from an object that exists', async () => {
    const client = clientOf(api.url);
    const created = await client.create<KubeObject>(resources.configMaps, configMap('a'));
    expect(created.outcome).to.equal('ok');
    expect(await client.create(resources.configMaps, configMap('a'))).to.include({ code: 'AlreadyExists' });
    const held = created.outcome === 'ok' ? created.value : configMap('a');
    const changed = { ...held, data: { k: 'v' } };
    expect((await client.replace(resources.configMaps, changed)).outcome).to.equal('ok');
    expect(await client.replace(resources.configMaps, changed)).to.include({ code: 'Conflict' });
  });

  it('applies and patches with the content types that the API asks for', async () => {
    const client = clientOf(api.url);
    await client.apply(resources.configMaps, configMap('a', { data: { k: '1' } }), { fieldManager: 'me', force: true });
    await client.mergePatch(resources.configMaps, { namespace: 'shop', name: 'a' }, { data: { k: '2' } });
    expect(api.seen.map(({ headers }) => headers['content-type'])).to.deep.equal([
      'application/apply-patch+yaml',
      'application/merge-patch+json',
    ]);
    expect(Object.fromEntries(api.seen[0]!.query)).to.deep.equal({ fieldManager: 'me', force: 'true' });
    expect(api.objects.get(`${base}/a`)).to.have.nested.property('data.k', '2');
    expect((await client.delete(resources.configMaps, { namespace: 'shop', name: 'a' })).outcome).to.equal('ok');
  });

  it('waits as long as 429 asks, then repeats', async () => {
    let refusals = 1;
    api.faults.push(
      (_, response) => refusals-- > 0 && refuse(response, 429, 'TooManyRequests', { 'retry-after': '3' }),
    );
    const waits: number[] = [];
    const timer = { now: () => 0, wait: (ms: number) => Promise.resolve(void waits.push(ms)) };
    const answer = await clientOf(api.url, { timer }).raw('/api/v1/configmaps');
    expect([answer.outcome, waits]).to.deep.equal(['ok', [3_750]]);
  });

  it('gives up on 429 when the deadline would pass, and says so', async () => {
    api.faults.push((_, response) => refuse(response, 429, 'TooManyRequests', { 'retry-after': '60' }));
    expect(await clientOf(api.url).raw('/version')).to.deep.include({ code: 'TooManyRequests', retryAfterMs: 60_000 });
  });

  it('ends a call that is not answered at its deadline', async () => {
    api.faults.push(() => true);
    expect(await clientOf(api.url, { deadlineMs: 50 }).raw('/version')).to.include({ code: 'Unavailable' });
  });

  it('ends a call whose answer stops in the middle at its deadline', async () => {
    api.faults.push((_, response) => {
      response.writeHead(200).write('{"a":');
      return true;
    });
    expect(await clientOf(api.url, { deadlineMs: 50 }).raw('/version')).to.include({ code: 'Unavailable' });
  });

  it('says Unavailable when nobody listens, and Unexpected of an answer that is not JSON', async () => {
    api.faults.push((_, response) => {
      response.end('<html>');
      return true;
    });
    expect(await clientOf(api.url).raw('/version')).to.include({ code: 'Unexpected' });
    expect(await clientOf(new URL('http://127.0.0.1:9')).raw('/version')).to.include({ code: 'Unavailable' });
  });

  it('ends a watch that has been silent for too long, as after a lost node', async () => {
    const client = clientOf(api.url, { watchSilenceMs: 50 });
    const events = [];
    for await (const event of client.watch(
      resources.configMaps,
      { resourceVersion: '100' },
      new AbortController().signal,
    )) {
      events.push(event);
    }
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ code: 'Unavailable', message: 'silent for 50 ms' });
  });
});

describe('Connection from inside a pod', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'remora-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('trusts the mounted CA only, and sends the token that the kubelet renewed', async () => {
    const [served, other] = [await selfSigned(), await selfSigned()];
    await using api = await startApiServer(served);
    await writeFile(join(folder, 'namespace'), 'remora-system\n');
    await writeFile(join(folder, 'token'), 'first\n');
    await writeFile(join(folder, 'ca.crt'), other.cert);
    let now = 0;
    const connection = await inClusterConnection({
      host: '127.0.0.1',
      port: api.url.port,
      clock: { now: () => now },
      folder,
    });
    expect(connection.namespace).to.equal('remora-system');
    const client = createClient({
      transport: createTransport(connection, 'remora-test'),
      timer: systemTimer,
      random: Math.random,
    });
    expect(await client.raw('/api/v1/pods')).to.include({ code: 'Unavailable' });
    await writeFile(join(folder, 'ca.crt'), served.cert);
    await writeFile(join(folder, 'token'), 'second\n');
    now = 60_000;
    expect(await client.raw('/api/v1/pods')).to.include({ outcome: 'ok' });
    expect(api.seen.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer second']);
    await rm(join(folder, 'token'));
    now = 120_000;
    expect(await client.raw('/api/v1/pods'), 'a token in the middle of its swap').to.include({ outcome: 'ok' });
  });
});

describe('Connection from a kubeconfig', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'remora-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const written = async (text: string): Promise<string> => {
    await writeFile(join(folder, 'config'), text);
    return join(folder, 'config');
  };

  it('reads the current context, data in the file and files beside it', async () => {
    await writeFile(join(folder, 'ca.pem'), 'CA');
    const path = await written(`
current-context: two
contexts:
  - {name: one, context: {cluster: none, user: none}}
  - {name: two, context: {cluster: c, user: u, namespace: shop}}
clusters: [{name: c, cluster: {server: "https://api:6443/prefix", certificate-authority: ca.pem, tls-server-name: kubernetes}}]
users: [{name: u, user: {client-certificate-data: ${Buffer.from('CERT').toString('base64')}, client-key-data: ${Buffer.from('KEY').toString('base64')}}}]
`);
    const parsed = await kubeconfigConnection(path);
    expect(parsed.outcome).to.equal('parsed');
    if (parsed.outcome !== 'parsed') return;
    expect(parsed.value).to.include({ namespace: 'shop', serverName: 'kubernetes', skipVerify: false });
    expect(parsed.value.server.href).to.equal('https://api:6443/prefix');
    expect(await parsed.value.credentials()).to.deep.equal({ ca: 'CA', certificate: 'CERT', key: 'KEY' });
  });

  it('refuses plugins, unknown contexts and clusters without a server, and never runs anything', async () => {
    const path = await written(`
current-context: a
contexts: [{name: a, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "not a url"}}]
users: [{name: u, user: {exec: {command: touch}}}]
`);
    const fields = async (context?: string): Promise<string[]> => {
      const parsed = await kubeconfigConnection(path, context);
      return parsed.outcome === 'refused' ? parsed.problems.map(({ field }) => field.slice(path.length + 2)) : [];
    };
    expect(await fields()).to.deep.equal(['clusters[].cluster.server', 'users[].user.exec']);
    expect(await fields('missing')).to.deep.equal(['current-context']);
  });

  it('presents its client certificate', async () => {
    const served = await selfSigned();
    await using api = await startApiServer(served);
    const credentials = { ca: served.cert, certificate: served.cert, key: served.key };
    const transport = createTransport(
      connectionTo(api.url, () => Promise.resolve(credentials)),
      'remora-test',
    );
    const client = createClient({ transport, timer: systemTimer, random: Math.random });
    expect(await client.raw('/api/v1/pods')).to.include({ outcome: 'ok' });
    await eventually(() => api.seen.length === 1);
  });
});
