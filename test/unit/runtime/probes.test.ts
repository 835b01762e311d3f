import { expect } from 'chai';
import { createDebugServer } from '../../../runtime/debug.ts';
import { listen } from '../../../runtime/listen.ts';
import { createRegistry } from '../../../runtime/metrics.ts';
import { createProbes } from '../../../runtime/probes.ts';
import type { Probes } from '../../../runtime/probes.ts';

describe('Probes', () => {
  let probes: Probes;
  let base: string;
  beforeEach(async () => {
    probes = createProbes(createRegistry('test', '1.2.3'));
    base = `http://127.0.0.1:${await listen(probes.server, 0, '127.0.0.1')}`;
  });
  afterEach(() => {
    probes.server.closeAllConnections();
    probes.server.close();
  });
  const get = async (path: string, init?: RequestInit): Promise<[number, string]> => {
    const response = await fetch(`${base}${path}`, init);
    return [response.status, await response.text()];
  };

  it('names each check, and is well only when all are', async () => {
    let reason: string | undefined = 'namespaces not listed yet';
    probes.addReadyCheck('certificate', () => undefined);
    probes.addReadyCheck('informers', () => reason);
    expect(await get('/readyz')).to.deep.equal([
      503,
      '[+]certificate ok\n[-]informers failed: namespaces not listed yet\nfailed\n',
    ]);
    expect(probes.unready()).to.deep.equal({ informers: 'namespaces not listed yet' });
    reason = undefined;
    expect(await get('/readyz?verbose')).to.deep.equal([200, '[+]certificate ok\n[+]informers ok\nok\n']);
    expect(await get('/healthz')).to.deep.equal([200, 'ok\n']);
    probes.addHealthCheck('loop', () => 'stuck');
    expect((await get('/healthz'))[0]).to.equal(503);
  });

  it('serves the metrics of its own registry, with the process and the build', async () => {
    const [status, text] = await get('/metrics');
    expect(status).to.equal(200);
    expect(text).to.contain('remora_build_info{component="test",version="1.2.3"} 1');
    expect(text).to.contain('process_resident_memory_bytes').and.contain('nodejs_eventloop_lag_seconds');
  });

  it('answers nothing else', async () => {
    expect((await get('/'))[0]).to.equal(404);
    expect((await get('/metrics', { method: 'POST' }))[0]).to.equal(405);
  });

  it('says 500 when a check itself breaks, and goes on', async () => {
    probes.addReadyCheck('broken', () => {
      throw new Error('a bug');
    });
    expect(await get('/readyz')).to.deep.equal([500, 'a bug\n']);
    expect((await get('/healthz'))[0]).to.equal(200);
  });
});

describe('Debug server', () => {
  it('answers JSON on its paths, and lists them', async () => {
    const server = createDebugServer({ '/why': (query) => ({ pod: query.get('pod') }) });
    const base = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
    const json = async (path: string): Promise<unknown> => (await fetch(`${base}${path}`)).json();
    expect(await json('/')).to.deep.equal(['/why']);
    expect(await json('/why?pod=a')).to.deep.equal({ pod: 'a' });
    expect((await fetch(`${base}/constructor`)).status).to.equal(404);
    server.closeAllConnections();
    server.close();
  });

  it('a port that is taken rejects', async () => {
    const server = createDebugServer({});
    const port = await listen(server, 0, '127.0.0.1');
    const taken = await listen(createDebugServer({}), port, '127.0.0.1').catch((error: unknown) => String(error));
    expect(taken).to.contain('EADDRINUSE');
    server.close();
  });
});
