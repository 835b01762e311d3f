import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { readBody } from './admission/body.ts';
import { contextOf } from './certificate.ts';

export type WebhookName = 'mutate' | 'validate' | 'policies';

/** What goes back to the API server for a body that could be read. */
export interface Answer {
  readonly status: 200 | 400;
  readonly contentType: 'application/json' | 'text/plain';
  readonly body: string;
}

/** Answers the text of one request's body; never throws. */
export type Answerer = (webhook: WebhookName, body: string) => Promise<Answer>;

/** PEM texts; the certificate may carry its intermediates. */
export interface ServingCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Go's HTTP client keeps idle connections for 90 s. The server waits longer, so that it is always the client that
 * closes an idle connection, and no request meets a connection that is being closed.
 */
const keepAliveMs = 120_000;

/**
 * The admission server: HTTPS, HTTP/1.1 with keep-alive (docs/adr/0003), POST /mutate, /validate and /policies.
 *
 * It knows nothing of admission. The caller listens, tracks it for the drain, and gives it new certificates with
 * `setSecureContext`, which open connections do not notice.
 */
export function createAdmissionServer(serving: ServingCertificate, answer: Answerer): Server {
  const application = express();
  application.disable('x-powered-by');
  application.disable('etag');
  application.set('query parser', false);
  for (const webhook of ['mutate', 'validate', 'policies'] as const) {
    application.all(`/${webhook}`, (request, response) => serve(webhook, answer, request, response));
  }
  application.use((_request, response) => refuse(response, 404, 'not found'));
  return createServer(
    {
      ...contextOf(serving),
      keepAliveTimeout: keepAliveMs,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      handshakeTimeout: 10_000,
    },
    // Express answers by itself what its handlers reject with; a promise of ours never rejects.
    (request, response) => void application(request, response),
  );
}

async function serve(
  webhook: WebhookName,
  answer: Answerer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    refuse(response, 405, 'use POST');
    return;
  }
  let body;
  try {
    body = await readBody(request);
  } catch {
    // The client went away in the middle of its request.
    response.destroy();
    return;
  }
  if (body.outcome === 'refused') {
    refuse(response, body.status, body.message);
    return;
  }
  const answered = await answer(webhook, body.text);
  response
    .writeHead(answered.status, {
      'content-type': answered.contentType,
      'content-length': Buffer.byteLength(answered.body),
    })
    .end(answered.body);
}

/** Refuses a request whose body was not read; the connection goes, so that the rest of the body is not waited for. */
function refuse(response: ServerResponse, status: number, message: string): void {
  const body = `${message}\n`;
  response
    .writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    })
    .end(body);
}
