import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { connect } from '../../kube/connect.ts';
import type { KubeClient } from '../../kube/types.ts';
import { systemTimer } from '../../runtime/clock.ts';
import { start, until } from './process.ts';

export interface ApiServerOptions {
  /** Paths of the binaries. */
  readonly etcd: string;
  readonly kubeApiServer: string;
  /** An empty folder for data, keys and logs. */
  readonly folder: string;
  readonly core: number;
}

export interface ApiServer extends AsyncDisposable {
  readonly client: KubeClient;
  readonly kubeconfig: string;
}

/** A free port of the loopback device. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a real API server with etcd, and no node: enough for everything that the webhook reads. */
export async function startApiServer({ etcd, kubeApiServer, folder, core }: ApiServerOptions): Promise<ApiServer> {
  await mkdir(folder, { recursive: true });
  const [clientPort, peerPort, apiPort] = [await freePort(), await freePort(), await freePort()];
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const file = (name: string): string => join(folder, name);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file('serviceaccounts.pem'), privateKey.export({ type: 'sec1', format: 'pem' }));
  const token = crypto.randomUUID();
  await writeFile(file('tokens.csv'), `${token},bench,bench,system:masters\n`);
  await writeFile(file('kubeconfig'), kubeconfig(apiPort, token));

  await using started = new AsyncDisposableStack();
  started.use(
    start({
      command: [
        etcd,
        '--unsafe-no-fsync',
        `--data-dir=${file('etcd')}`,
        `--listen-client-urls=${at(clientPort)}`,
        `--advertise-client-urls=${at(clientPort)}`,
        `--listen-peer-urls=${at(peerPort)}`,
        `--initial-advertise-peer-urls=${at(peerPort)}`,
        `--initial-cluster=default=${at(peerPort)}`,
      ],
      core,
      logFile: file('etcd.log'),
    }),
  );
  started.use(
    start({
      command: [
        kubeApiServer,
        `--etcd-servers=${at(clientPort)}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${apiPort}`,
        '--endpoint-reconciler-type=none',
        '--allow-privileged',
        '--authorization-mode=RBAC',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${file('serviceaccounts.pem')}`,
        `--service-account-signing-key-file=${file('serviceaccounts.pem')}`,
        `--cert-dir=${file('serving')}`,
        `--token-auth-file=${file('tokens.csv')}`,
      ],
      core,
      logFile: file('apiserver.log'),
    }),
  );
  const connected = await connect({
    environment: { KUBECONFIG: file('kubeconfig') },
    timer: systemTimer,
    random: Math.random,
    userAgent: 'remora-bench',
  });
  if (connected.outcome === 'refused') throw new Error(JSON.stringify(connected.problems));
  const { client } = connected.value;
  await until('API server', async () => (await client.raw('/apis')).outcome === 'ok', 60_000);
  const running = started.move();
  return { client, kubeconfig: file('kubeconfig'), [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function kubeconfig(port: number, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: { token } }],
  });
}
