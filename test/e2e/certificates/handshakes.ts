import { connect } from 'node:tls';
import { readBundle, type ReadCertificate } from '../../../certs/pem.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import type { TestCluster } from '../harness/cluster.ts';
import { portForward } from '../harness/forward.ts';
import type { RunningPod } from '../harness/pods.ts';

export type Handshake =
  | { readonly outcome: 'verified'; readonly leaf: string; readonly root: string }
  /** `code` as OpenSSL names it (`UNABLE_TO_VERIFY_LEAF_SIGNATURE`), or Node's for a connection that fails. */
  | { readonly outcome: 'failed'; readonly code: string };

/** A new TLS connection to the webhook, verified against a bundle as an API server would. */
export async function shakeHands(port: number, name: string, bundle: string): Promise<Handshake> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: name, ca: bundle, timeout: 5_000 });
    const end = (handshake: Handshake): void => {
      socket.destroy();
      resolve(handshake);
    };
    socket.on('timeout', () => end({ outcome: 'failed', code: 'ETIMEDOUT' }));
    socket.on('error', (error: NodeJS.ErrnoException) => end({ outcome: 'failed', code: error.code ?? String(error) }));
    socket.on('secureConnect', () => {
      const leaf = socket.getPeerX509Certificate();
      const root = readBundle(bundle).find(({ x509 }: ReadCertificate) => leaf?.verify(x509.publicKey) === true);
      end({ outcome: 'verified', leaf: leaf?.fingerprint256 ?? '', root: root?.fingerprint ?? '' });
    });
  });
}

/** New connections to each replica, all along. API servers keep theirs, and would hide a certificate that is wrong. */
export interface HandshakeStream {
  readonly verified: number;
  readonly failures: readonly string[];
  /** Fingerprints of the certificates that were served, and of the roots that they were verified by. */
  readonly leaves: ReadonlySet<string>;
  readonly roots: ReadonlySet<string>;
  close(): Promise<void>;
}

const betweenMs = 150;

/** @param bundle what the webhook configurations carry at the moment, as an API server has heard of it. */
export async function startHandshakes(
  cluster: TestCluster,
  pods: readonly RunningPod[],
  name: string,
  bundle: () => string,
): Promise<HandshakeStream> {
  const stop = new AbortController();
  const failures: string[] = [];
  const leaves = new Set<string>();
  const roots = new Set<string>();
  let verified = 0;
  const forwards = await Promise.all(
    pods.map(
      async ({ metadata }) => await portForward(cluster, metadata.namespace ?? '', `pod/${metadata.name ?? ''}`, 9443),
    ),
  );
  const run = async (port: number): Promise<void> => {
    while (!stop.signal.aborted) {
      const handshake = await shakeHands(port, name, bundle());
      if (handshake.outcome === 'failed') {
        failures.push(`${new Date(systemTimer.now()).toISOString()} ${handshake.code}`);
      } else {
        verified += 1;
        leaves.add(handshake.leaf);
        roots.add(handshake.root);
      }
      await systemTimer.wait(betweenMs, stop.signal);
    }
  };
  const running = forwards.map(async ({ localPort }) => await run(localPort));
  return {
    get verified() {
      return verified;
    },
    failures,
    leaves,
    roots,
    close: async () => {
      stop.abort();
      await Promise.all(running);
      for (const forward of forwards) forward.close();
    },
  };
}
