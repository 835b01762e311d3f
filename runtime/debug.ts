import { createServer } from 'node:http';
import type { Server } from 'node:http';

/** What one path of the debug server answers with; called at each request with its query. Never returns a secret. */
export type DebugRoutes = Readonly<Record<string, (query: URLSearchParams) => unknown>>;

/**
 * JSON over HTTP for a person: `GET /` lists the paths. Listen on 127.0.0.1:9091 only; it is reached by
 * `kubectl port-forward`, whose RBAC guards it.
 */
export function createDebugServer(routes: DebugRoutes): Server {
  return createServer((request, response) => {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const isIndex = path === '/';
    const body = isIndex ? Object.keys(routes).sort() : (route?.(new URLSearchParams(query)) ?? { error: 'not found' });
    response
      .writeHead(isIndex || route !== undefined ? 200 : 404, { 'content-type': 'application/json' })
      .end(`${JSON.stringify(body, undefined, 2)}\n`);
  });
}
