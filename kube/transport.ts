import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Connection, Credentials } from './connection.ts';

export interface TransportRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly accept: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** Until the last byte of the answer; for a stream, until its head. */
  readonly deadlineMs: number;
  /** The caller reads the body as it comes. */
  readonly isStream: boolean;
  readonly signal?: AbortSignal;
}

/** Sends one request; resolves with the answer's head and its unread body. Rejects when no answer comes. */
export type Transport = (request: TransportRequest) => Promise<IncomingMessage>;

interface HeldAgent {
  readonly credentials: Credentials;
  readonly agent: HttpAgent | HttpsAgent;
}

/** Connections are kept alive and found dead by the kernel, so that a watch notices a lost node. */
const agentOptions = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets: 64, scheduling: 'lifo' } as const;

/** HTTP/1.1 to one API server, over TLS unless its URL says http (a test, or `kubectl proxy`). */
export function createTransport(connection: Connection, userAgent: string): Transport {
  const isTls = connection.server.protocol === 'https:';
  let held: HeldAgent | undefined;

  /** A connection is bound to whom it trusts and who it is, so a rotated certificate needs new ones. */
  const agentFor = (credentials: Credentials): HttpAgent | HttpsAgent => {
    const isSame =
      held?.credentials.ca === credentials.ca &&
      held?.credentials.certificate === credentials.certificate &&
      held?.credentials.key === credentials.key;
    if (held !== undefined && isSame) return held.agent;
    const agent = isTls
      ? new HttpsAgent({
          ...agentOptions,
          rejectUnauthorized: !connection.skipVerify,
          ...(credentials.ca === undefined ? {} : { ca: credentials.ca }),
          ...(credentials.certificate === undefined ? {} : { cert: credentials.certificate }),
          ...(credentials.key === undefined ? {} : { key: credentials.key }),
          ...(connection.serverName === undefined ? {} : { servername: connection.serverName }),
        })
      : new HttpAgent(agentOptions);
    held = { credentials, agent };
    return agent;
  };

  return async ({ method, path, accept, body, deadlineMs, isStream, signal }) => {
    const credentials = await connection.credentials();
    const send = isTls ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send({
        method,
        host: connection.server.hostname.replace(/^\[|\]$/g, ''),
        port: connection.server.port || (isTls ? 443 : 80),
        path: `${connection.server.pathname.replace(/\/$/, '')}${path}`,
        agent: agentFor(credentials),
        headers: {
          accept,
          'user-agent': userAgent,
          ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': body.type, 'content-length': String(Buffer.byteLength(body.text)) }),
        },
      });
      const expire = setTimeout(() => request.destroy(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      const abort = (): void => void request.destroy(new Error('aborted'));
      const settle = (): void => {
        clearTimeout(expire);
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted === true) abort();
      request.once('error', reject);
      request.once('close', settle);
      request.once('response', (response) => {
        if (isStream) clearTimeout(expire);
        resolve(response);
      });
      request.end(body?.text);
    });
  };
}
