import type { KubeClient, KubeObject, ListQuery, ResourceType } from '../../kube/types.ts';
import { systemTimer } from '../../runtime/clock.ts';

/** What to wait for. */
export interface WatchedState<T extends KubeObject, R> extends ListQuery {
  readonly client: KubeClient;
  readonly type: ResourceType;
  /** In words, for the message when it does not come: `node1 is Ready`. */
  readonly what: string;
  /** Called with all objects of the query whenever one of them changed; what it returns first is the result. */
  readonly until: (objects: readonly T[]) => R | undefined;
  readonly deadlineMs: number;
}

/** After a list or a watch failed, as while the API server starts. */
const retryMs = 50;

/**
 * Watches until `until` returns something, by list and watch, through failures of the API server.
 *
 * @throws Error at the deadline, with what was waited for and what was seen last.
 */
export async function watchUntil<T extends KubeObject, R>(state: WatchedState<T, R>): Promise<R> {
  const deadline = new AbortController();
  const alarm = setTimeout(() => deadline.abort(), state.deadlineMs);
  let lastSeen = 'nothing: the API server did not answer';
  try {
    while (!deadline.signal.aborted) {
      for await (const seen of snapshots<T>(state, deadline.signal)) {
        if (typeof seen === 'string') {
          lastSeen = seen;
          continue;
        }
        const result = state.until(seen);
        if (result !== undefined) return result;
        lastSeen = describeObjects(seen);
      }
      await systemTimer.wait(retryMs, deadline.signal);
    }
  } finally {
    clearTimeout(alarm);
    deadline.abort();
  }
  const scope = [state.namespace, state.type.plural, state.labelSelector, state.fieldSelector]
    .filter(Boolean)
    .join(' ');
  throw new Error(`waited ${state.deadlineMs} ms for: ${state.what}\nwatched: ${scope}\nlast seen: ${lastSeen}`);
}

/** All objects of a query, again after each change; a text says why there are none, and is the last. */
async function* snapshots<T extends KubeObject>(
  { client, type, namespace, labelSelector, fieldSelector }: WatchedState<T, unknown>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[] | string> {
  const query: ListQuery = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
  const listed = await client.list<T>(type, query);
  if (listed.outcome === 'failed') {
    yield `${listed.code}: ${listed.message}`;
    return;
  }
  const objects = new Map(listed.value.items.map((object) => [keyOf(object), object]));
  yield [...objects.values()];
  const { resourceVersion } = listed.value;
  for await (const event of client.watch<T>(type, { ...query, resourceVersion }, signal)) {
    if (event.outcome === 'failed') return;
    if (event.value.type === 'BOOKMARK') continue;
    const { object } = event.value;
    if (event.value.type === 'DELETED') objects.delete(keyOf(object));
    else objects.set(keyOf(object), object);
    yield [...objects.values()];
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

const shownObjects = 10;
const shownCharacters = 400;

/** One line per object with its status, as far as a person can read it. */
function describeObjects(objects: readonly KubeObject[]): string {
  if (objects.length === 0) return 'no such object';
  const lines = objects.slice(0, shownObjects).map((object) => {
    const { status } = object as { readonly status?: unknown };
    return `${keyOf(object)} ${JSON.stringify(status ?? object).slice(0, shownCharacters)}`;
  });
  const more = objects.length > shownObjects ? [`and ${objects.length - shownObjects} more`] : [];
  return ['', ...lines, ...more].join('\n  ');
}
