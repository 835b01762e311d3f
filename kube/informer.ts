import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { createBackoff } from './backoff.ts';
import { createStore } from './store.ts';
import type { Informer, KubeClient, KubeFailure, KubeObject, ListQuery, ResourceType } from './types.ts';

export interface InformerOptions<O extends KubeObject, T> {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly query?: ListQuery;
  /** What stays in memory of an object; undefined: nothing. Must not hold on to the object itself. */
  readonly keep: (object: O) => T | undefined;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Lists, then watches from the list's resourceVersion, for as long as `signal` lets it.
 *
 * A watch that ends is taken up where it ended; only `Expired` (410: the version is no longer held) or an answer
 * that the protocol does not know leads to a new list. What is in memory stays in the meantime.
 */
export function createInformer<O extends KubeObject, T>(options: InformerOptions<O, T>): Informer<T> {
  const { client, type, query = {}, timer, random } = options;
  const log = options.log.with({ resource: type.plural });
  const store = createStore<T>(log);
  const backoff = createBackoff(random);
  let isSynced = false;
  let heardAt = timer.now();

  /** A bug of `keep` costs its object, and never the watch, which would end unseen with everything in memory stale. */
  const keep = (object: O): T | undefined => {
    try {
      return options.keep(object);
    } catch (error) {
      const { namespace, name } = object.metadata;
      log.error('informer.keep.failed', {
        namespace,
        name,
        error: error instanceof Error ? error : new Error(String(error)),
      });
      return undefined;
    }
  };

  const heard = (): void => {
    heardAt = timer.now();
  };

  const pause = async (failure: KubeFailure, doing: string, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    const waitMs = Math.max(backoff.next(), failure.retryAfterMs ?? 0);
    log.warn('informer.failed', { doing, code: failure.code, message: failure.message, waitMs: Math.round(waitMs) });
    await timer.wait(waitMs, signal);
  };

  /** Replaces the store by what the API server has; returns its resourceVersion. */
  const relist = async (): Promise<KubeFailure | { readonly outcome: 'ok'; readonly resourceVersion: string }> => {
    const entries: { readonly object: KubeObject; readonly value: T | undefined }[] = [];
    let resourceVersion = '';
    for await (const page of client.pages<O>(type, query)) {
      if (page.outcome === 'failed') return page;
      heard();
      for (const object of page.value.items) {
        const { namespace, name } = object.metadata;
        const metadata = { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
        entries.push({ object: { metadata }, value: keep(object) });
      }
      resourceVersion = page.value.resourceVersion;
    }
    store.replaceAll(entries);
    return { outcome: 'ok', resourceVersion };
  };

  /** Follows changes from `from`; returns the version to go on from, or undefined to list again. */
  const follow = async (from: string, signal: AbortSignal): Promise<string | undefined> => {
    const startedAt = timer.now();
    let resourceVersion = from;
    for await (const event of client.watch<O>(type, { ...query, resourceVersion }, signal)) {
      if (event.outcome === 'failed') {
        if (event.code === 'Expired') return undefined;
        await pause(event, 'watch', signal);
        return event.code === 'Unexpected' ? undefined : resourceVersion;
      }
      heard();
      backoff.reset();
      if (event.value.type === 'BOOKMARK') {
        resourceVersion = event.value.resourceVersion;
        continue;
      }
      const { object } = event.value;
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      store.put(object, event.value.type === 'DELETED' ? undefined : keep(object));
    }
    // A server that closes each watch at once must not be asked in a busy loop.
    if (timer.now() - startedAt < 1_000) await timer.wait(backoff.next(), signal);
    return resourceVersion;
  };

  const run = async (signal: AbortSignal, synced: () => void): Promise<void> => {
    let resourceVersion: string | undefined;
    while (!signal.aborted) {
      if (resourceVersion === undefined) {
        const listed = await relist();
        if (listed.outcome === 'failed') {
          await pause(listed, 'list', signal);
          continue;
        }
        resourceVersion = listed.resourceVersion;
        isSynced = true;
        synced();
      }
      resourceVersion = await follow(resourceVersion, signal);
    }
  };

  return {
    start: (signal) =>
      new Promise((resolve, reject) => {
        run(signal, resolve).then(resolve, reject);
      }),
    get isSynced() {
      return isSynced;
    },
    get silentMs() {
      return timer.now() - heardAt;
    },
    get: store.get,
    inNamespace: store.inNamespace,
    all: store.all,
    onChange: store.onChange,
  };
}
