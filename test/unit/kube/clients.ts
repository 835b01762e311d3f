import { systemTimer } from '../../../runtime/clock.ts';
import { createClient } from '../../../kube/client.ts';
import type { ClientOptions } from '../../../kube/client.ts';
import type { Connection, Credentials } from '../../../kube/connection.ts';
import { createTransport } from '../../../kube/transport.ts';
import type { KubeClient } from '../../../kube/types.ts';

export function connectionTo(
  server: URL,
  credentials: () => Promise<Credentials> = () => Promise.resolve({}),
): Connection {
  return { server, namespace: 'remora-system', skipVerify: false, credentials };
}

/** A client of a test's API server, with real time. */
export function clientOf(server: URL, options: Partial<ClientOptions> = {}): KubeClient {
  const transport = createTransport(connectionTo(server), 'remora-test');
  return createClient({ transport, timer: systemTimer, random: () => 0.5, ...options });
}

/** Resolves when the statement holds; rejects after the deadline. */
export async function eventually(holds: () => boolean, deadlineMs = 5_000): Promise<void> {
  const startedAt = Date.now();
  while (!holds()) {
    if (Date.now() - startedAt > deadlineMs) throw new Error(`still not so after ${deadlineMs} ms: ${String(holds)}`);
    await systemTimer.wait(2);
  }
}
