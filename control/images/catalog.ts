import type { ImageReading } from './registry.ts';

/** What is known of one image reference, as pods write it. */
export interface ImageEntry {
  /** Absent until it could be read. The last good reading stays while the registry is away. */
  readonly reading?: Extract<ImageReading, { outcome: 'read' }>;
  readonly failures: number;
  /** When to ask the registry next, in milliseconds since the epoch; Infinity for a digest that was read. */
  readonly dueAt: number;
  /** Last time that a pod or workload used it. */
  readonly seenAt: number;
}

export type Catalog = ReadonlyMap<string, ImageEntry>;

export interface CatalogTimes {
  /** A tag can move: it is read again after this time. */
  readonly refreshMs: number;
  /** First retry after a failure; doubles up to `refreshMs`. */
  readonly retryMs: number;
  /** An image that nothing uses is forgotten after this time. */
  readonly forgetMs: number;
}

/** Anyone who may write a pod template in a labelled namespace adds references; no registry takes a longer one. */
const bounds = { entries: 5_000, referenceLength: 512 } as const;

/** Notes that these references are in use now; new ones become due at once, as long as the catalog has room. */
export function sawImages(catalog: Catalog, references: Iterable<string>, now: number): Catalog {
  const next = new Map(catalog);
  for (const reference of references) {
    const known = next.get(reference);
    if (reference.length > bounds.referenceLength) continue;
    if (known === undefined && next.size >= bounds.entries) continue;
    next.set(reference, known === undefined ? { failures: 0, dueAt: now, seenAt: now } : { ...known, seenAt: now });
  }
  return next;
}

/** Notes what reading a reference came to, and when to look again. A reference that was forgotten stays forgotten. */
export function readResult(
  catalog: Catalog,
  reference: string,
  reading: ImageReading,
  now: number,
  times: CatalogTimes,
): Catalog {
  const known = catalog.get(reference);
  if (known === undefined) return catalog;
  const next = new Map(catalog);
  if (reading.outcome === 'read') {
    const dueAt = reference.includes('@sha256:') ? Infinity : now + times.refreshMs;
    next.set(reference, { reading, failures: 0, dueAt, seenAt: known.seenAt });
    return next;
  }
  const waitMs = Math.min(times.retryMs * 2 ** known.failures, times.refreshMs);
  next.set(reference, { ...known, failures: known.failures + 1, dueAt: now + waitMs });
  return next;
}

/** References to read now, those longest due first. */
export function dueImages(catalog: Catalog, now: number): readonly string[] {
  return [...catalog]
    .filter(([, entry]) => entry.dueAt <= now)
    .sort(([, left], [, right]) => left.dueAt - right.dueAt)
    .map(([reference]) => reference);
}

/** Drops what nothing has used for `forgetMs`. */
export function withoutForgotten(catalog: Catalog, now: number, times: CatalogTimes): Catalog {
  const kept = [...catalog].filter(([, entry]) => now - entry.seenAt < times.forgetMs);
  return kept.length === catalog.size ? catalog : new Map(kept);
}

/** Bytes that a ConfigMap's value may have here; the API server's limit for the whole object is 1 MiB. */
const largestDocument = 900_000;

/**
 * The text that the webhook reads: `{"<reference>": {"environment": {…}}}`, the most recently used first until the
 * ConfigMap is full, then in order of their names so that an unchanged catalog gives an unchanged text.
 */
export function renderCatalog(catalog: Catalog): { readonly text: string; readonly left: number } {
  const known = [...catalog].flatMap(([reference, { reading, seenAt }]) =>
    reading === undefined ? [] : [{ reference, seenAt, environment: reading.environment }],
  );
  known.sort((left, right) => right.seenAt - left.seenAt || (left.reference < right.reference ? -1 : 1));
  const lines: string[] = [];
  let sizeBytes = 2;
  for (const { reference, environment } of known) {
    const line = `${JSON.stringify(reference)}:${JSON.stringify({ environment })}`;
    sizeBytes += Buffer.byteLength(line) + 1;
    if (sizeBytes > largestDocument) break;
    lines.push(line);
  }
  return { text: `{${lines.toSorted().join(',')}}`, left: known.length - lines.length };
}
