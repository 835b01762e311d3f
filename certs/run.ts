import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { createBackoff } from '../kube/backoff.ts';
import { createInformer } from '../kube/informer.ts';
import { resources } from '../kube/resources.ts';
import type { Informer, KubeClient } from '../kube/types.ts';
import { configurations } from './configurations.ts';
import type { Reconciler } from './reconcile.ts';

export interface RunOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly reconciler: Reconciler;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

/** Secrets that certs/ reads or writes. */
const secretNames = ['remora-ca', 'remora-seal', 'remora-webhook-tls'];

/** Informers that only say that something changed; what is decided on is read anew. */
function watched({ client, namespace, timer, random, log }: RunOptions): readonly Informer<string>[] {
  const common = {
    client,
    timer,
    random,
    log,
    keep: ({ metadata }: { readonly metadata: { readonly resourceVersion?: string } }) => metadata.resourceVersion,
  };
  return [
    ...configurations.map(({ type, name }) =>
      createInformer({ ...common, type, query: { fieldSelector: `metadata.name=${name}` } }),
    ),
    ...secretNames.map((name) =>
      createInformer({
        ...common,
        type: resources.secrets,
        query: { namespace, fieldSelector: `metadata.name=${name}`, metadataOnly: true },
      }),
    ),
  ];
}

/** Reconciles whenever something changed or a decision may be due, until `signal` aborts. */
export async function runCertificates(options: RunOptions, signal: AbortSignal): Promise<void> {
  const { reconciler, timer, random, log } = options;
  const backoff = createBackoff(random, 200, 5_000);
  let change = new AbortController();
  const informers = watched(options);
  for (const informer of informers) informer.onChange(() => change.abort());
  const watching = informers.map((informer) => informer.start(signal));
  signal.addEventListener('abort', () => change.abort(), { once: true });
  const isStopping = (): boolean => signal.aborted;
  while (!isStopping()) {
    change = new AbortController();
    const outcome = await reconciler.reconcile();
    if (isStopping()) break;
    if (outcome.outcome === 'ok') {
      backoff.reset();
      await timer.wait(Math.max(0, outcome.value.lookAgainAt - timer.now()), change.signal);
      continue;
    }
    // A lost race is ordinary: someone else did the work, or a person edited; look again.
    log[outcome.code === 'Conflict' ? 'debug' : 'warn']('certificates.failed', {
      code: outcome.code,
      message: outcome.message,
    });
    await timer.wait(backoff.next(), signal);
  }
  await Promise.all(watching);
}
