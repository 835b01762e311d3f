import { Server as NetServer } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Timer } from './clock.ts';
import type { Logger } from './log.ts';

/** How long each step of leaving may take. All end before the pod's terminationGracePeriodSeconds. */
export interface DrainTimes {
  /** While `/readyz` fails, so that kube-proxies stop sending; new connections are still served. */
  readonly graceMs: number;
  /** A kept-alive connection that was idle for so long is closed; see `drain`. */
  readonly idleMs: number;
  /** From the start of the drain; what is still open then is cut. */
  readonly deadlineMs: number;
}

export interface DrainOptions {
  readonly times: DrainTimes;
  readonly timer: Timer;
  readonly log: Logger;
}

export interface Drained {
  /** Connections that were still open at the deadline. */
  readonly cutConnections: number;
}

export interface Drain {
  /** Must be called before the server gets its first request. HTTP and HTTPS. */
  track(server: Server): void;
  readonly isDraining: boolean;
  /** A ready check for the probes. */
  readonly check: () => string | undefined;
  /** Runs once, however often it is called; resolves when every tracked server is closed. */
  drain(): Promise<Drained>;
}

interface Connection {
  readonly socket: Socket;
  activeRequests: number;
  lastAnswerAt: number;
}

const pollMs = 20;

/** Stops listening; resolves when the last connection, handshakes included, is gone. */
function closeListener(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) resolve();
    // http.Server.close would cut idle connections at once; see `createDrain`.
    else NetServer.prototype.close.call(server, () => resolve());
  });
}

/**
 * Leaves with no failed request.
 *
 * First `/readyz` fails and every answer says `Connection: close`, while new requests are still served: endpoints
 * take a moment to go. Then the listeners close. A request that is under way is answered. An idle kept-alive
 * connection is the hard part: a request may already be on the wire when it is closed, and a client does not
 * repeat a POST. So it stays open and is answered, until it was idle for `idleMs`.
 */
export function createDrain({ times, timer, log }: DrainOptions): Drain {
  const servers: Server[] = [];
  const connections = new Map<Socket, Connection>();
  let running: Promise<Drained> | undefined;

  const track = (server: Server): void => {
    servers.push(server);
    // Requests of a TLS server arrive on the socket of 'secureConnection'; that of 'connection' is the raw one.
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      connections.set(socket, { socket, activeRequests: 0, lastAnswerAt: timer.now() });
      socket.once('close', () => connections.delete(socket));
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (running !== undefined) response.shouldKeepAlive = false;
      const connection = connections.get(request.socket);
      if (connection === undefined) return;
      connection.activeRequests += 1;
      response.once('close', () => {
        connection.activeRequests -= 1;
        connection.lastAnswerAt = timer.now();
      });
    });
  };

  const leave = async (): Promise<Drained> => {
    const startedAt = timer.now();
    log.info('drain.started', { graceMs: times.graceMs });
    await timer.wait(times.graceMs);
    const progress = { isClosed: false };
    void Promise.all(servers.map(closeListener)).then(() => (progress.isClosed = true));
    // Lets servers with no connection at all be found closed before the first wait.
    await Promise.resolve();
    while (!progress.isClosed && timer.now() - startedAt < times.deadlineMs) {
      const now = timer.now();
      for (const { socket, activeRequests, lastAnswerAt } of connections.values()) {
        if (activeRequests === 0 && now - lastAnswerAt >= times.idleMs) socket.end();
      }
      await timer.wait(pollMs);
    }
    const cutConnections = connections.size;
    for (const server of servers) {
      server.closeAllConnections();
      // Stops the timer that net.Server.close leaves running; the listener itself is closed already.
      server.close(() => undefined);
    }
    log.info('drain.ended', { cutConnections, tookMs: timer.now() - startedAt });
    return { cutConnections };
  };

  return {
    track,
    get isDraining() {
      return running !== undefined;
    },
    check: () => (running === undefined ? undefined : 'draining'),
    drain: () => (running ??= leave()),
  };
}
