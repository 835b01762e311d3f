import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../../../../runtime/listen.ts';

/** An OTLP/HTTP endpoint that takes everything, and counts the requests with spans. */
export interface Receiver {
  readonly endpoint: string;
  /** How often spans came since the last call. */
  take(): number;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'POST' && request.url === '/v1/traces') count += 1;
      response.end();
    });
  });
  await listen(server, 0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    take: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    close: () => void server.close(),
  };
}
