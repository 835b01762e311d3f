import { expect } from 'chai';
import { once } from 'node:events';
import { Agent, request as send } from 'node:https';
import type { RequestOptions, Server } from 'node:https';
import { text } from 'node:stream/consumers';
import { TLSSocket, connect } from 'node:tls';
import { bodyLimitBytes } from '../../../webhook/admission/body.ts';
import { followCertificate } from '../../../webhook/certificate.ts';
import { createAdmissionServer } from '../../../webhook/server.ts';
import type { Answerer, ServingCertificate } from '../../../webhook/server.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import type { Timer } from '../../../runtime/clock.ts';
import { createDrain } from '../../../runtime/drain.ts';
import { listen } from '../../../runtime/listen.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { selfSigned } from '../runtime/certificate.ts';

const json = { 'content-type': 'application/json' };

/** Answers with the length of what it got, after a turn of the loop. */
const echo: Answerer = async (webhook, body) => {
  await new Promise((resolve) => setImmediate(resolve));
  return { status: 200, contentType: 'application/json', body: `${webhook} ${body.length}` };
};

async function serving(): Promise<ServingCertificate> {
  const { cert, key } = await selfSigned();
  return { certificate: cert, key };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function post(port: number, options: RequestOptions, body: string | Buffer = '{}'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/mutate',
        headers: json,
        rejectUnauthorized: false,
        ...options,
      },
      (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, body: answer, headers: response.headers }),
          reject,
        );
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

describe('the admission server', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createAdmissionServer(await serving(), echo);
    port = await listen(server, 0, '127.0.0.1');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('answers POST /mutate and POST /validate', async () => {
    expect(await post(port, {}, '{"a":1}')).to.include({ status: 200, body: 'mutate 7' });
    expect(await post(port, { path: '/validate?timeout=3s' })).to.include({ status: 200, body: 'validate 2' });
  });

  it('reads a body as UTF-8, wherever it is cut into packets', async () => {
    const body = JSON.stringify('ä€𝄞'.repeat(50_000));
    expect((await post(port, {}, body)).body).to.equal(`mutate ${body.length}`);
  });

  it('takes a charset beside the media type', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await post(port, { headers })).status).to.equal(200);
  });

  const refused: readonly (readonly [string, RequestOptions, number])[] = [
    ['another method', { method: 'GET' }, 405],
    ['another path', { path: '/other' }, 404],
    ['the root', { path: '/' }, 404],
    ['a body that is no JSON', { headers: { 'content-type': 'text/plain' } }, 415],
    ['no content type', { headers: {} }, 415],
    ['a compressed body', { headers: { ...json, 'content-encoding': 'gzip' } }, 415],
    ['a body that says it is too large', { headers: { ...json, 'content-length': bodyLimitBytes + 1 } }, 413],
  ];
  for (const [what, options, status] of refused) {
    it(`refuses ${what} with ${status}`, async () => {
      const answer = await new Promise<number>((resolve, reject) => {
        const request = send({
          host: '127.0.0.1',
          port,
          method: 'POST',
          path: '/mutate',
          headers: json,
          ...options,
          rejectUnauthorized: false,
        });
        request.once('response', (response) => resolve(response.statusCode ?? 0)).once('error', reject);
        // Nothing more is sent: the refusal must not wait for the body.
        request.flushHeaders();
      });
      expect(answer).to.equal(status);
    });
  }

  it('names the method that it takes', async () => {
    expect((await post(port, { method: 'PUT' })).headers['allow']).to.equal('POST');
  });

  it('takes a body of just 8 MiB, and refuses one more byte that was not announced', async () => {
    const chunked = { headers: { ...json, 'transfer-encoding': 'chunked' } };
    const largest = Buffer.alloc(bodyLimitBytes, 'x');
    expect((await post(port, chunked, largest)).status).to.equal(200);
    const outcome = await post(port, chunked, Buffer.alloc(bodyLimitBytes + 1, 'x')).catch((error: unknown) => error);
    // The answer may be lost when the connection is closed under a client that still sends.
    expect(outcome instanceof Error || (outcome as Answer).status === 413).to.equal(true);
    expect((await post(port, {})).status).to.equal(200);
  });

  it('speaks HTTP/1.1 also to a client that offers HTTP/2', async () => {
    const socket = connect({ host: '127.0.0.1', port, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).to.equal('http/1.1');
    socket.destroy();
  });

  it('survives a client that goes away in the middle of its body', async () => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{');
    socket.destroy();
    expect((await post(port, {})).status).to.equal(200);
  });
});

/** Sends without pause on `connections` kept-alive connections until told to stop; counts what came back. */
function load(port: number, connections: number, newConnections = false) {
  // A resumed session carries no certificate to look at.
  const options = { maxSockets: connections, rejectUnauthorized: false, maxCachedSessions: 0 };
  const agent = new Agent({ ...options, keepAlive: !newConnections });
  let isStopped = false;
  let answered = 0;
  const failures: unknown[] = [];
  const fingerprints = new Set<string>();
  const work = async (): Promise<void> => {
    while (!isStopped) {
      try {
        const answer = await new Promise<Answer>((resolve, reject) => {
          const request = send({ host: '127.0.0.1', port, method: 'POST', path: '/mutate', headers: json, agent });
          request.once('response', (response) => {
            const { socket } = response;
            if (socket instanceof TLSSocket) fingerprints.add(socket.getPeerCertificate().fingerprint256);
            text(response).then((body) => resolve({ status: response.statusCode ?? 0, body, headers: {} }), reject);
          });
          request.once('error', reject);
          request.end('{}');
        });
        if (answer.status !== 200) failures.push(answer);
        answered += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const workers = Promise.all(Array.from({ length: connections }, work));
  return {
    failures,
    fingerprints,
    get answered() {
      return answered;
    },
    async until(isReached: () => boolean) {
      const deadlineAt = Date.now() + 8_000;
      while (!isReached()) {
        if (Date.now() > deadlineAt) throw new Error(`not reached; failures: ${failures.slice(0, 3).join(', ')}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async stop() {
      isStopped = true;
      await workers;
      agent.destroy();
    },
  };
}

describe('a server that drains', () => {
  it('under load over HTTPS fails no request, new connections of the grace time included', async () => {
    const server = createAdmissionServer(await serving(), echo);
    const times = { graceMs: 5_000, idleMs: 100, deadlineMs: 20_000 };
    // The test says when the grace time is over, so that a busy machine changes nothing.
    const grace = Promise.withResolvers<undefined>();
    const wait: Timer['wait'] = (ms) => (ms === times.graceMs ? grace.promise : systemTimer.wait(ms));
    const drain = createDrain({ times, timer: { ...systemTimer, wait }, log: silentLogger });
    drain.track(server);
    const port = await listen(server, 0, '127.0.0.1');
    const client = load(port, 8);
    await client.until(() => client.answered > 200);
    const drained = drain.drain();
    const before = client.answered;
    // Endpoints go while the grace time lasts; until then new connections come, and are served.
    await client.until(() => client.answered > before + 50);
    await client.stop();
    grace.resolve(undefined);
    const { cutConnections } = await drained;
    expect(client.failures).to.deep.equal([]);
    expect(cutConnections).to.equal(0);
    expect(server.listening).to.equal(false);
  });
});

describe('a certificate that is renewed', () => {
  it('is used by new connections, and no request under way fails', async () => {
    const [first, second] = [await serving(), await serving()];
    let change: (serving: ServingCertificate | undefined) => void = () => undefined;
    const live = followCertificate(
      {
        onChange: (listener) => {
          change = (value) => listener('remora-system', 'remora-webhook-tls', value);
          return () => undefined;
        },
      },
      silentLogger,
    );
    change(first);
    const server = createAdmissionServer(await live.first, echo);
    live.follow(server);
    const port = await listen(server, 0, '127.0.0.1');
    const kept = load(port, 4);
    const fresh = load(port, 2, true);
    await fresh.until(() => kept.answered > 50 && fresh.answered > 10);
    expect(fresh.fingerprints.size).to.equal(1);

    change({ certificate: second.certificate, key: first.key });
    change(undefined);
    const before = fresh.answered;
    await fresh.until(() => fresh.answered > before + 10);
    expect(fresh.fingerprints.size, 'a broken pair and an emptied Secret change nothing').to.equal(1);

    change(second);
    await fresh.until(() => fresh.fingerprints.size === 2);
    await Promise.all([kept.stop(), fresh.stop()]);
    expect([...kept.failures, ...fresh.failures]).to.deep.equal([]);
    server.closeAllConnections();
    server.close();
  });

  it('between the first one and the start of the server is not lost', async () => {
    const [first, second] = [await serving(), await serving()];
    let change: (serving: ServingCertificate) => void = () => undefined;
    const live = followCertificate(
      {
        onChange: (listener) => {
          change = (value) => listener('remora-system', 'remora-webhook-tls', value);
          return () => undefined;
        },
      },
      silentLogger,
    );
    change(first);
    change(second);
    const given: unknown[] = [];
    live.follow({ setSecureContext: ({ cert }) => void given.push(cert) });
    expect(await live.first).to.equal(first);
    expect(given).to.deep.equal([second.certificate]);
  });
});
