import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import type { Connection, Credentials } from './connection.ts';

export interface InClusterOptions {
  /** KUBERNETES_SERVICE_HOST, set by the kubelet. */
  readonly host: string;
  /** KUBERNETES_SERVICE_PORT. */
  readonly port: string;
  readonly clock: Clock;
  /** Folder with `token`, `ca.crt` and `namespace`. */
  readonly folder?: string;
}

export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet renews a bound token at 80 % of its hour; client-go reads it again each minute, and so do we. */
const rereadMs = 60_000;

/** Connects with the pod's own ServiceAccount. Rejects when its files are not mounted. */
export async function inClusterConnection(options: InClusterOptions): Promise<Connection> {
  const folder = options.folder ?? serviceAccountFolder;
  const read = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([
      readFile(join(folder, 'token'), 'utf8'),
      readFile(join(folder, 'ca.crt'), 'utf8'),
    ]);
    return { token: token.trim(), ca };
  };
  let held = { credentials: await read(), readAt: options.clock.now() };
  const namespace = (await readFile(join(folder, 'namespace'), 'utf8')).trim();
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    server: new URL(`https://${host}:${options.port}`),
    namespace,
    skipVerify: false,
    credentials: async () => {
      if (options.clock.now() - held.readAt >= rereadMs) {
        // A read that meets the moment of the swap keeps what we have: the old token is valid for minutes more.
        held = { credentials: await read().catch(() => held.credentials), readAt: options.clock.now() };
      }
      return held.credentials;
    },
  };
}
