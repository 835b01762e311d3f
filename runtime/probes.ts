import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** A check's outcome: undefined when all is well, else the reason in one line. */
export type Check = () => string | undefined;

/** Named checks behind `/healthz` and `/readyz`, and the metrics beside them. */
export interface Probes {
  /** `/healthz`: failing means that only a restart helps. */
  addHealthCheck(name: string, check: Check): void;
  /** `/readyz`: failing means that no request should come here now. */
  addReadyCheck(name: string, check: Check): void;
  /** Reasons by the name of the ready check that fails; empty when ready. */
  unready(): Readonly<Record<string, string>>;
  /** Answers GET /metrics, /healthz and /readyz; everything else is 404. */
  readonly server: Server;
}

function failing(checks: ReadonlyMap<string, Check>): Readonly<Record<string, string>> {
  const reasons = [...checks].map(([name, check]) => [name, check()] as const);
  return Object.fromEntries(reasons.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** One line per check, as the API server's own /readyz?verbose writes them. */
function report(checks: ReadonlyMap<string, Check>): { readonly status: number; readonly body: string } {
  const reasons = failing(checks);
  const lines = [...checks.keys()].map((name) => {
    const reason = reasons[name];
    return reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`;
  });
  const isWell = Object.keys(reasons).length === 0;
  return { status: isWell ? 200 : 503, body: [...lines, isWell ? 'ok' : 'failed', ''].join('\n') };
}

/** Makes the probes of one process; the caller listens with `server` (port 9090). */
export function createProbes(registry: Registry): Probes {
  const health = new Map<string, Check>();
  const ready = new Map<string, Check>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0];
    const send = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(405, 'method not allowed\n');
    } else if (path === '/metrics') {
      send(200, await registry.metrics(), registry.contentType);
    } else if (path === '/healthz' || path === '/readyz') {
      const { status, body } = report(path === '/healthz' ? health : ready);
      send(status, body);
    } else {
      send(404, 'not found\n');
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  return {
    addHealthCheck: (name, check) => void health.set(name, check),
    addReadyCheck: (name, check) => void ready.set(name, check),
    unready: () => failing(ready),
    server,
  };
}
