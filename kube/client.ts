import { json } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { Timer } from '../runtime/clock.ts';
import { failureOf, malformed, unreachable } from './failure.ts';
import { listPath, objectPath } from './resources.ts';
import type { Transport, TransportRequest } from './transport.ts';
import type { KubeClient, KubeList, KubeObject, KubeOutcome, ListQuery, ResourceType, WatchEvent } from './types.ts';
import { lines, watchEvent } from './watch.ts';

export interface ClientOptions {
  readonly transport: Transport;
  readonly timer: Timer;
  /** In [0, 1). */
  readonly random: () => number;
  /** Of one call, repetitions after 429 included. */
  readonly deadlineMs?: number;
  /** A watch that is silent for so long is taken for dead; the API server sends a bookmark about each minute. */
  readonly watchSilenceMs?: number;
}

const pageSize = 500;
const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const metadataObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const plainJson = 'application/json';

type Call = Pick<TransportRequest, 'method' | 'path'> & Partial<Pick<TransportRequest, 'accept' | 'body'>>;

function jsonBody(type: string, object: unknown): { readonly type: string; readonly text: string } {
  return { type, text: JSON.stringify(object) };
}

/** The answer's body as JSON; undefined when it is none. */
async function bodyOf(response: IncomingMessage): Promise<unknown> {
  return json(response).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
}

/** The client of one API server. It repeats a call only after 429, which says that nothing was done. */
export function createClient(options: ClientOptions): KubeClient {
  const { transport, timer, random } = options;
  const deadlineMs = options.deadlineMs ?? 15_000;
  const watchSilenceMs = options.watchSilenceMs ?? 150_000;

  const once = async <T>(call: Call, remainingMs: number): Promise<KubeOutcome<T>> => {
    try {
      const response = await transport({ accept: plainJson, ...call, deadlineMs: remainingMs, isStream: false });
      const status = response.statusCode ?? 0;
      const body = await bodyOf(response);
      if (status < 200 || status > 299) return failureOf(status, body, response.headers['retry-after']);
      return body === undefined ? malformed('an answer that is not JSON', status) : { outcome: 'ok', value: body as T };
    } catch (error) {
      return unreachable(error);
    }
  };

  const send = async <T>(call: Call): Promise<KubeOutcome<T>> => {
    const startedAt = timer.now();
    for (;;) {
      const outcome = await once<T>(call, deadlineMs - (timer.now() - startedAt));
      if (outcome.outcome === 'ok' || outcome.code !== 'TooManyRequests') return outcome;
      // A little more than asked, so that all who were told the same second do not come back together.
      const waitMs = (outcome.retryAfterMs ?? 1_000) * (1 + random() / 2);
      if (timer.now() - startedAt + waitMs >= deadlineMs) return outcome;
      await timer.wait(waitMs);
    }
  };

  async function* pages<T extends KubeObject>(
    type: ResourceType,
    query: ListQuery = {},
  ): AsyncGenerator<KubeOutcome<KubeList<T>>> {
    let next: string | undefined;
    do {
      const answer = await send<{
        readonly items?: readonly T[] | null;
        readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
      }>({
        method: 'GET',
        path: listPath(type, query, { limit: String(pageSize), continue: next }),
        accept: query.metadataOnly === true ? metadataList : plainJson,
      });
      if (answer.outcome === 'failed') {
        yield answer;
        return;
      }
      const { items, metadata } = answer.value;
      yield { outcome: 'ok', value: { items: items ?? [], resourceVersion: metadata?.resourceVersion ?? '' } };
      next = metadata?.continue === '' ? undefined : metadata?.continue;
    } while (next !== undefined);
  }

  async function list<T extends KubeObject>(type: ResourceType, query?: ListQuery): Promise<KubeOutcome<KubeList<T>>> {
    const items: T[] = [];
    let resourceVersion = '';
    for await (const page of pages<T>(type, query)) {
      if (page.outcome === 'failed') return page;
      items.push(...page.value.items);
      resourceVersion = page.value.resourceVersion;
    }
    return { outcome: 'ok', value: { items, resourceVersion } };
  }

  async function* watch<T extends KubeObject>(
    type: ResourceType,
    query: ListQuery & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<KubeOutcome<WatchEvent<T>>> {
    const parameters = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: query.resourceVersion,
      // 5 to 10 minutes, as client-go: spreads watches over the API server's replicas again and again.
      timeoutSeconds: String(Math.floor(300 * (1 + random()))),
    };
    try {
      const response = await transport({
        method: 'GET',
        path: listPath(type, query, parameters),
        accept: query.metadataOnly === true ? metadataObject : plainJson,
        deadlineMs,
        isStream: true,
        signal,
      });
      if (response.statusCode !== 200) {
        const body = await bodyOf(response);
        yield failureOf(response.statusCode ?? 0, body, response.headers['retry-after']);
        return;
      }
      response.setTimeout(watchSilenceMs, () => response.destroy(new Error(`silent for ${watchSilenceMs} ms`)));
      for await (const line of lines(response)) yield watchEvent<T>(line);
    } catch (error) {
      if (!signal.aborted) yield unreachable(error);
    }
  }

  return {
    get: (type, address) => send({ method: 'GET', path: objectPath(type, address) }),
    pages,
    list,
    watch,
    create: (type, object, { dryRun = false } = {}) => {
      const { namespace } = object.metadata;
      const path = listPath(type, namespace === undefined ? {} : { namespace }, dryRun ? { dryRun: 'All' } : {});
      return send({ method: 'POST', path, body: jsonBody(plainJson, object) });
    },
    replace: (type, object) =>
      send({ method: 'PUT', path: objectPath(type, addressOf(object)), body: jsonBody(plainJson, object) }),
    apply: (type, object, { fieldManager, force = false, dryRun = false }) => {
      const parameters = { fieldManager, force: String(force), dryRun: dryRun ? 'All' : undefined };
      const path = objectPath(type, addressOf(object), parameters);
      return send({ method: 'PATCH', path, body: jsonBody('application/apply-patch+yaml', object) });
    },
    mergePatch: (type, address, patch) => {
      const body = jsonBody('application/merge-patch+json', patch);
      return send({ method: 'PATCH', path: objectPath(type, address), body });
    },
    delete: async (type, address) => {
      const outcome = await send({ method: 'DELETE', path: objectPath(type, address) });
      return outcome.outcome === 'ok' ? { outcome: 'ok', value: undefined } : outcome;
    },
    raw: (path) => send({ method: 'GET', path }),
  };
}

function addressOf(object: KubeObject): { readonly namespace?: string; readonly name: string } {
  const { name = '', namespace } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
