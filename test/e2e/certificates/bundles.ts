import { configurations, type WebhookConfiguration } from '../../../certs/configurations.ts';
import { createInformer } from '../../../kube/informer.ts';
import { systemTimer } from '../../../runtime/clock.ts';
import { silentLogger } from '../../../runtime/log.ts';
import type { TestCluster } from '../harness/cluster.ts';

/** What Remora's webhook configurations carry, as one who watches them has heard. */
export interface WatchedBundles {
  /** PEM, of the validating configuration that refuses pods. */
  current(): string;
  /** Every bundle of every entry, without repetition; several while control is at work. */
  all(): ReadonlySet<string>;
  /** Calls back after each change; returns the way to stop it. */
  onChange(listener: () => void): () => void;
  close(): void;
}

export async function watchBundles({ client }: TestCluster): Promise<WatchedBundles> {
  const stop = new AbortController();
  const informers = configurations.map(({ type, name }) =>
    createInformer<WebhookConfiguration, readonly string[]>({
      ...{ client, type, timer: systemTimer, random: Math.random, log: silentLogger },
      query: { fieldSelector: `metadata.name=${name}` },
      keep: ({ webhooks = [] }) =>
        webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8')),
    }),
  );
  await Promise.all(informers.map(async (informer) => await informer.start(stop.signal)));
  const bundles = (): readonly (readonly string[])[] =>
    informers.map((informer, at) => informer.get(undefined, configurations[at]?.name ?? '') ?? []);
  return {
    current: () => bundles()[1]?.[0] ?? '',
    all: () => new Set(bundles().flat()),
    onChange: (listener) => {
      const stops = informers.map((informer) => informer.onChange(listener));
      return () => {
        for (const stopListening of stops) stopListening();
      };
    },
    close: () => stop.abort(),
  };
}

/** Writes a bundle into every entry of all configurations, as someone who means well might. */
export async function editBundles(cluster: TestCluster, bundle: string): Promise<void> {
  const value = Buffer.from(bundle).toString('base64');
  for (const { type, name } of configurations) {
    const read = await cluster.client.get<WebhookConfiguration>(type, { name });
    if (read.outcome === 'failed') throw new Error(read.message);
    const patch = (read.value.webhooks ?? []).map((_, index) => ({
      op: 'replace',
      path: `/webhooks/${index}/clientConfig/caBundle`,
      value,
    }));
    await cluster.kubectl('patch', type.plural, name, '--type=json', '-p', JSON.stringify(patch));
  }
}
