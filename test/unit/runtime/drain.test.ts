import { expect } from 'chai';
import { Agent as HttpAgent, createServer, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { RequestListener, Server } from 'node:http';
import { systemTimer } from '../../../runtime/clock.ts';
import type { Timer } from '../../../runtime/clock.ts';
import { createDrain } from '../../../runtime/drain.ts';
import type { DrainTimes } from '../../../runtime/drain.ts';
import { listen } from '../../../runtime/listen.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { selfSigned } from './certificate.ts';

const quick: DrainTimes = { graceMs: 150, idleMs: 100, deadlineMs: 3_000 };

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
}

/** A client with kept-alive connections that POSTs, as the API server does, and never repeats a request. */
function client(port: number, isTls: boolean, connections: number) {
  const options = { keepAlive: true, maxSockets: connections };
  const agent = isTls ? new HttpsAgent({ ...options, rejectUnauthorized: false }) : new HttpAgent(options);
  const send = isTls ? httpsRequest : httpRequest;
  const post = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = send({ port, host: '127.0.0.1', method: 'POST', agent }, (response) => {
        response.resume();
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, connection: response.headers.connection }),
        );
        response.once('error', reject);
      });
      request.once('error', reject);
      request.end('{}');
    });
  return { post, close: () => agent.destroy() };
}

async function serve(handler: RequestListener, isTls: boolean, times = quick, timer: Timer = systemTimer) {
  const server: Server = isTls ? createTlsServer(await selfSigned(), handler) : createServer(handler);
  const drain = createDrain({ times, timer, log: silentLogger });
  drain.track(server);
  return { drain, server, port: await listen(server, 0, '127.0.0.1') };
}

for (const isTls of [false, true]) {
  describe(`drain of ${isTls ? 'an HTTPS' : 'an HTTP/1.1'} server`, () => {
    it('fails no request while clients move to another replica, which they learn late', async () => {
      const handler: RequestListener = (request, response) => {
        request.resume();
        setTimeout(() => response.end('ok'), 5);
      };
      // The test says when the grace time is over, so that a busy machine changes nothing.
      const times = { graceMs: 150, idleMs: 100, deadlineMs: 20_000 };
      const grace = Promise.withResolvers<undefined>();
      const wait: Timer['wait'] = (ms) => (ms === times.graceMs ? grace.promise : systemTimer.wait(ms));
      const leaving = await serve(handler, isTls, times, { ...systemTimer, wait });
      const staying = await serve(handler, isTls);
      const loads = [client(leaving.port, isTls, 8), client(staying.port, isTls, 8)] as const;
      const seen = { left: 0, stayed: 0, leaving: 0, broken: [] as string[], done: false, endpointGone: false };
      const worker = async (): Promise<void> => {
        while (!seen.done) {
          const isLeaving = !seen.endpointGone;
          seen.leaving += Number(isLeaving);
          try {
            expect((await loads[isLeaving ? 0 : 1].post()).status).to.equal(200);
            seen[isLeaving ? 'left' : 'stayed'] += 1;
          } catch (error) {
            seen.broken.push(String(error));
          }
          seen.leaving -= Number(isLeaving);
        }
      };
      const workers = Array.from({ length: 8 }, worker);
      while (seen.left < 100) await systemTimer.wait(5);
      const drained = leaving.drain.drain();
      // kube-proxy hears of it later; until then new connections still come, and the grace time is meant to hold them.
      const before = seen.left;
      while (seen.left < before + 50) await systemTimer.wait(5);
      seen.endpointGone = true;
      while (seen.leaving > 0) await systemTimer.wait(5);
      grace.resolve(undefined);
      expect(await drained).to.deep.equal({ cutConnections: 0 });
      while (seen.stayed < 50) await systemTimer.wait(5);
      seen.done = true;
      await Promise.all(workers);
      loads.forEach((load) => load.close());
      await staying.drain.drain();
      expect(seen.broken).to.deep.equal([]);
    });

    it('says Connection: close, and is not ready, from the moment it drains', async () => {
      const { drain, port } = await serve((_, response) => response.end('ok'), isTls);
      const load = client(port, isTls, 1);
      expect((await load.post()).connection).to.equal('keep-alive');
      expect(drain.check()).to.equal(undefined);
      const drained = drain.drain();
      expect(drain.check()).to.equal('draining');
      expect(await load.post()).to.deep.equal({ status: 200, connection: 'close' });
      await drained;
      load.close();
    });

    it('answers a request on an idle connection after the listener is closed', async () => {
      const times = { graceMs: 0, idleMs: 400, deadlineMs: 3_000 };
      const { drain, port, server } = await serve((_, response) => response.end('ok'), isTls, times);
      const load = client(port, isTls, 1);
      await load.post();
      const drained = drain.drain();
      while (server.listening) await systemTimer.wait(1);
      expect(await load.post()).to.deep.equal({ status: 200, connection: 'close' });
      expect(await drained).to.deep.equal({ cutConnections: 0 });
      load.close();
    });

    it('cuts what is still open at the deadline, and says how many', async () => {
      const times = { graceMs: 0, idleMs: 10, deadlineMs: 100 };
      let arrived = 0;
      const { drain, port } = await serve(() => (arrived += 1), isTls, times);
      const load = client(port, isTls, 1);
      const failed = load.post().then(
        () => 'answered',
        () => 'cut',
      );
      while (arrived === 0) await systemTimer.wait(1);
      expect(await drain.drain()).to.deep.equal({ cutConnections: 1 });
      expect(await failed).to.equal('cut');
      load.close();
    });
  });
}

it('a drain runs once, however often it is asked', async () => {
  const { drain } = await serve((_, response) => response.end(), false, { graceMs: 0, idleMs: 0, deadlineMs: 50 });
  expect(drain.drain()).to.equal(drain.drain());
  await drain.drain();
});
