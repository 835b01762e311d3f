import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../../runtime/listen.ts';

/** An object as the wire carries it. */
export interface Stored {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers a request in place of the server; returns true when it did. */
export type Fault = (seen: Seen, response: ServerResponse) => boolean | Promise<boolean>;

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

/**
 * A Kubernetes API server in one process, over real HTTP(S): the documented protocol of get, list in pages, watch
 * with bookmarks and 410, create, replace with optimistic concurrency, merge patch, apply by list name, delete.
 *
 * It validates nothing and authorizes everyone; the e2e suite runs against the real one.
 */
export interface ApiServer extends AsyncDisposable {
  readonly url: URL;
  readonly seen: Seen[];
  /** Asked before each request, in order. */
  readonly faults: Fault[];
  readonly objects: Map<string, Stored>;
  /** Writes as another client would; the key is the object's path. */
  put(path: string, object: Stored): Stored;
  remove(path: string): void;
  /** Forgets history, as etcd's compaction does: a watch from an older version gets 410. */
  compact(): void;
  /** Sends a bookmark on every watch. */
  bookmark(): void;
  /** Ends every open watch: in the middle of a line, or between two. */
  cutWatches(how: 'midline' | 'clean'): void;
  readonly openWatches: number;
  close(): Promise<void>;
}

interface OpenWatch {
  readonly prefix: string;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Answers with a meta/v1 Status. */
export function refuse(response: ServerResponse, code: number, reason: string, headers = {}): true {
  send(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason }, headers);
  return true;
}

type Json = Record<string, unknown>;

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamed(item: unknown): boolean {
  return isMap(item) && typeof item['name'] === 'string';
}

/** RFC 7396. With `byName`, lists of named items are merged by name, as apply does for webhooks; others are atomic. */
function merge(target: unknown, patch: unknown, byName: boolean): unknown {
  if (byName && Array.isArray(patch) && Array.isArray(target) && target.every(isNamed) && patch.every(isNamed)) {
    const items = target as Json[];
    const merged = items.map((item) => {
      const change = (patch as Json[]).find(({ name }) => name === item.name);
      return change === undefined ? item : merge(item, change, byName);
    });
    return [...merged, ...(patch as Json[]).filter(({ name }) => !items.some((item) => item.name === name))];
  }
  if (!isMap(patch)) return patch;
  const base: Json = isMap(target) ? target : {};
  const merged = Object.entries(patch).map(([key, value]) => [key, merge(base[key], value, byName)] as const);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(merged) }).filter(([, value]) => value !== null),
  );
}

function matches(object: Stored, query: URLSearchParams): boolean {
  const field = query.get('fieldSelector');
  const labels = (object.metadata.labels ?? {}) as Record<string, string>;
  const label = query.get('labelSelector')?.split('=') ?? [];
  if (field?.startsWith('metadata.name=') === true && field.slice('metadata.name='.length) !== object.metadata.name) {
    return false;
  }
  if (field?.startsWith('status.phase=') === true) {
    const { phase } = (object.status ?? {}) as { readonly phase?: string };
    if (phase !== field.slice('status.phase='.length)) return false;
  }
  return label.length === 0 || labels[label[0] ?? ''] === label[1];
}

/** Whether an object's path belongs to a collection, also to one over all namespaces. */
function isIn(path: string, collection: string): boolean {
  const [parent] = [path.slice(0, path.lastIndexOf('/'))];
  return parent === collection || parent.replace(/\/namespaces\/[^/]+(?=\/)/, '') === collection;
}

export async function startApiServer(tls?: { readonly key: string; readonly cert: string }): Promise<ApiServer> {
  const objects = new Map<string, Stored>();
  const faults: Fault[] = [];
  const seen: Seen[] = [];
  const watches = new Set<OpenWatch>();
  let history: Change[] = [];
  let compactedAt = 0;
  let version = 100;

  const tell = (change: Change, path: string, before: Stored | undefined): void => {
    for (const watch of watches) {
      if (!isIn(path, watch.prefix)) continue;
      const isMatch = matches(change.object, watch.query);
      // An object that leaves the selector is deleted, as far as the watch goes.
      const isLeaving = !isMatch && before !== undefined && matches(before, watch.query);
      if (!isMatch && !isLeaving) continue;
      const type = isLeaving ? 'DELETED' : change.type;
      watch.response.write(`${JSON.stringify({ type, object: change.object })}\n`);
    }
  };

  const commit = (type: Change['type'], path: string, object: Stored): Stored => {
    version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    stored.metadata.uid ??= `uid-${version}`;
    const before = objects.get(path);
    if (type === 'DELETED') objects.delete(path);
    else objects.set(path, stored);
    const change = { version, type, object: stored, path };
    history.push(change);
    tell(change, path, before);
    return stored;
  };
  const pathOf = (change: Change): string => (change as Change & { path: string }).path;
  const put = (path: string, object: Stored): Stored => commit(objects.has(path) ? 'MODIFIED' : 'ADDED', path, object);

  const list = (path: string, query: URLSearchParams, response: ServerResponse): void => {
    const all = [...objects].filter(([key, object]) => isIn(key, path) && matches(object, query));
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit') ?? all.length);
    const metadata = {
      resourceVersion: String(version),
      ...(end < all.length ? { continue: String(end), remainingItemCount: all.length - end } : {}),
    };
    send(response, 200, { kind: 'List', metadata, items: all.slice(start, end).map(([, object]) => object) });
  };

  const watch = (path: string, query: URLSearchParams, response: ServerResponse): void => {
    const from = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < compactedAt) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const open = { prefix: path, query, response };
    response.flushHeaders();
    for (const change of history) {
      if (change.version > from && isIn(pathOf(change), path) && matches(change.object, query)) {
        response.write(`${JSON.stringify({ type: change.type, object: change.object })}\n`);
      }
    }
    watches.add(open);
    response.once('close', () => watches.delete(open));
  };

  const write = (request: Seen, response: ServerResponse): void => {
    const { method, path, body } = request;
    const given = body as Stored;
    const isDryRun = request.query.get('dryRun') === 'All';
    if (method === 'POST') {
      const key = `${path}/${given.metadata.name}`;
      if (objects.has(key)) refuse(response, 409, 'AlreadyExists');
      else send(response, 201, isDryRun ? given : put(key, given));
      return;
    }
    const current = objects.get(path);
    const isApply = request.headers['content-type'] === 'application/apply-patch+yaml';
    if (current === undefined && !isApply) {
      refuse(response, 404, 'NotFound');
      return;
    }
    if (method === 'DELETE' && current !== undefined) {
      send(response, 200, commit('DELETED', path, current));
      return;
    }
    const wanted = (body as Partial<Stored>).metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== current?.metadata.resourceVersion) {
      refuse(response, 409, 'Conflict');
      return;
    }
    const next = method === 'PUT' ? given : (merge(current, body, isApply) as Stored);
    const isSame = current !== undefined && JSON.stringify(next) === JSON.stringify(current);
    send(response, 200, isDryRun || isSame ? next : put(path, next));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://api');
    const raw = await text(request);
    const body: unknown = raw === '' ? undefined : JSON.parse(raw);
    const entry = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    seen.push(entry);
    for (const fault of faults) if (await fault(entry, response)) return;
    if (entry.method !== 'GET') {
      write(entry, response);
      return;
    }
    if (url.searchParams.get('watch') === 'true') {
      watch(url.pathname, url.searchParams, response);
      return;
    }
    const object = objects.get(url.pathname);
    const isCollection = /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/.test(url.pathname);
    if (object !== undefined) send(response, 200, object);
    else if (isCollection && !/\/namespaces\/[^/]+$/.test(url.pathname)) list(url.pathname, url.searchParams, response);
    else refuse(response, 404, 'NotFound');
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const port = await listen(server, 0, '127.0.0.1');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: new URL(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    seen,
    faults,
    objects,
    put,
    remove: (path) => {
      const object = objects.get(path);
      if (object !== undefined) commit('DELETED', path, object);
    },
    compact: () => {
      compactedAt = ++version;
      history = [];
    },
    bookmark: () => {
      const object = { kind: 'Bookmark', metadata: { resourceVersion: String(version) } };
      for (const { response } of watches) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    },
    cutWatches: (how) => {
      for (const { response } of watches) {
        if (how === 'clean') response.end();
        else response.write('{"type":"MODIFIED","object":{"metadata":{"na', () => response.destroy());
      }
    },
    get openWatches() {
      return watches.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
