import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Timer } from '../runtime/clock.ts';
import type { Parsed } from '../runtime/problem.ts';
import { createClient } from './client.ts';
import type { Connection } from './connection.ts';
import { inClusterConnection } from './incluster.ts';
import { kubeconfigConnection } from './kubeconfig.ts';
import { createTransport } from './transport.ts';
import type { KubeClient } from './types.ts';

export interface ConnectOptions {
  /** KUBERNETES_SERVICE_HOST and _PORT say that this is a pod; KUBECONFIG names a file (not a list of files). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
  readonly random: () => number;
  /** `remora-control/0.1.0`. */
  readonly userAgent: string;
}

export interface Connected {
  readonly client: KubeClient;
  readonly connection: Connection;
}

/** Connects as the pod's ServiceAccount, or outside a cluster with a kubeconfig. Sends nothing yet. */
export async function connect(options: ConnectOptions): Promise<Parsed<Connected>> {
  const { environment, timer, random } = options;
  const host = environment.KUBERNETES_SERVICE_HOST;
  const parsed: Parsed<Connection> =
    host === undefined || host === ''
      ? await kubeconfigConnection(environment.KUBECONFIG ?? join(homedir(), '.kube', 'config'))
      : {
          outcome: 'parsed',
          value: await inClusterConnection({
            host,
            port: environment.KUBERNETES_SERVICE_PORT ?? '443',
            clock: timer,
          }),
        };
  if (parsed.outcome === 'refused') return parsed;
  const transport = createTransport(parsed.value, options.userAgent);
  return {
    outcome: 'parsed',
    value: { connection: parsed.value, client: createClient({ transport, timer, random }) },
  };
}
