import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestCluster } from './cluster.ts';

export interface Forward {
  readonly localPort: number;
  close(): void;
}

/**
 * Makes a port of a pod or Service reachable at 127.0.0.1, as `kubectl port-forward`: works on any cluster.
 *
 * @param target `svc/web`, `pod/web-0`, `deploy/web`.
 * @throws Error with what kubectl printed, when there is nothing to forward to.
 */
export async function portForward(
  cluster: TestCluster,
  namespace: string,
  target: string,
  port: number,
): Promise<Forward> {
  const [kubectl = '', ...words] = cluster.kubectlCommand;
  const child = spawn(kubectl, [...words, '--namespace', namespace, 'port-forward', target, `:${port}`]);
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const localPort = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`port-forward ${target}: ${Buffer.concat(errors).toString('utf8')}`)));
    createInterface(child.stdout).on('line', (line) => {
      const found = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line);
      if (found !== null) resolve(Number(found[1]));
    });
  });
  return { localPort, close: () => void child.kill() };
}

/** Sends one HTTP request to a Service, and reads the answer to its end. */
export async function fetchService(
  cluster: TestCluster,
  service: { readonly namespace: string; readonly name: string; readonly port: number },
  path: string,
  request: RequestInit = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const forward = await portForward(cluster, service.namespace, `svc/${service.name}`, service.port);
  try {
    const response = await fetch(`http://127.0.0.1:${forward.localPort}${path}`, {
      signal: AbortSignal.timeout(30_000),
      ...request,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } finally {
    forward.close();
  }
}
