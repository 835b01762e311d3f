import { createInformer } from '../../kube/informer.ts';
import { resources } from '../../kube/resources.ts';
import type { Informer, KubeClient, KubeObject } from '../../kube/types.ts';
import type { Timer } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { dueImages, readResult, renderCatalog, sawImages, withoutForgotten } from './catalog.ts';
import type { Catalog, CatalogTimes } from './catalog.ts';
import type { ImageMetrics } from './metrics.ts';
import { publishCatalog } from './publish.ts';
import { parseReference } from './reference.ts';
import { readImage } from './registry.ts';
import type { ImageReading, RegistryOptions } from './registry.ts';
import { imageSources, imagesOf } from './seen.ts';

export interface ImagesOptions {
  readonly client: KubeClient;
  /** Where `remora-images` stands. */
  readonly namespace: string;
  readonly registry: RegistryOptions;
  readonly times: CatalogTimes;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: ImageMetrics;
}

/** Registries limit how often a stranger may ask; so few at once are enough. */
const readsAtOnce = 4;

/** How often the catalog is looked at when nothing happens, and at most when much happens. */
const tickMs = { idle: 1_000, busy: 200 } as const;

const unparsable: ImageReading = { outcome: 'unread', code: 'Malformed', message: 'not an image reference' };

/**
 * Reads the image configurations that labelled namespaces use, and keeps them in `remora-images`, until `signal`
 * aborts. What it holds in memory is made again from the cluster and the registries after a restart.
 */
export async function runImages(options: ImagesOptions, signal: AbortSignal): Promise<void> {
  const { client, timer, random, times, metrics } = options;
  const log = options.log.with({ part: 'images' });
  const labelled = createInformer<KubeObject, string>({
    client,
    type: resources.namespaces,
    query: { labelSelector: 'remora.dev/inject=enabled', metadataOnly: true },
    keep: ({ metadata }) => metadata.name,
    timer,
    random,
    log,
  });
  const sources: readonly Informer<readonly string[]>[] = imageSources.map((type) =>
    createInformer<KubeObject, readonly string[]>({ client, type, keep: imagesOf, timer, random, log }),
  );

  let wake = new AbortController();
  for (const informer of [labelled, ...sources]) informer.onChange(() => wake.abort());
  await Promise.all([labelled, ...sources].map((informer) => informer.start(signal)));

  let catalog: Catalog = new Map();
  let published: string | undefined;

  const readOne = async (reference: string): Promise<void> => {
    const parsed = parseReference(reference);
    const reading = parsed === undefined ? unparsable : await readImage(parsed, options.registry);
    metrics.countReading(reading.outcome === 'read' ? 'read' : reading.code);
    if (reading.outcome === 'unread') {
      log.debug('image.unread', { reference, code: reading.code, message: reading.message });
    }
    catalog = readResult(catalog, reference, reading, timer.now(), times);
  };

  while (!signal.aborted) {
    wake = new AbortController();
    const inUse = sources.flatMap((source) =>
      [...labelled.all()].flatMap((name) => [...source.inNamespace(name)].flat()),
    );
    catalog = withoutForgotten(sawImages(catalog, inUse, timer.now()), timer.now(), times);
    await Promise.all(dueImages(catalog, timer.now()).slice(0, readsAtOnce).map(readOne));
    const { text, left } = renderCatalog(catalog);
    if (text !== published) {
      const outcome = await publishCatalog(client, options.namespace, text);
      if (outcome.outcome === 'ok') published = text;
      else log.warn('images.unpublished', { code: outcome.code, message: outcome.message });
      if (left > 0) log.warn('images.full', { left });
      metrics.setKnown([...catalog.values()].filter(({ reading }) => reading !== undefined).length - left);
    }
    if (dueImages(catalog, timer.now()).length > 0) continue;
    await timer.wait(tickMs.busy, signal);
    await timer.wait(tickMs.idle, AbortSignal.any([signal, wake.signal]));
  }
}
