import type { AddressInfo, Server } from 'node:net';

/** Starts listening; resolves with the port that is bound (useful with port 0), rejects when it cannot be. */
export function listen(server: Server, port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
