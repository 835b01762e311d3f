import { createHash } from 'node:crypto';
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { microTime } from './microtime.ts';
import { resources } from './resources.ts';
import type { KubeClient, KubeObject } from './types.ts';

/** The object that an event is about (core/v1 ObjectReference). */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

export interface EventNote {
  readonly regarding: Regarding;
  readonly type: 'Normal' | 'Warning';
  /** PascalCase code, a heading in docs/errors.md. */
  readonly reason: string;
  /** What was being done: `Injecting`, `RotatingRoot`, … */
  readonly action: string;
  /** Shown by kubectl; cut to 1024 bytes. */
  readonly note: string;
}

export interface EventRecorder {
  /** Never throws, never waits, and never holds more than a bounded number of events. */
  record(note: EventNote): void;
  /** Sends what is queued, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** `remora.dev/webhook`. */
  readonly controller: string;
  /** Name of the pod. */
  readonly instance: string;
  readonly timer: Timer;
  readonly log: Logger;
  readonly registry: Registry;
}

const maxQueued = 1_000;
const maxRemembered = 4_096;
/** Equal events within this time become one event with a count (events.k8s.io/v1 series, as client-go). */
const seriesMs = 6 * 60_000;
/** A repetition is written at most so often; what came in between is in its count. */
const seriesWriteMs = 10_000;
/** Per regarded object: a burst of 25, then one in 5 minutes, as client-go's EventSourceObjectSpamFilter. */
const burst = 25;
const refillMs = 5 * 60_000;

interface Series {
  readonly note: EventNote;
  readonly name: string;
  readonly firstAt: number;
  count: number;
  lastAt: number;
  /** Whether the API server has it: a repetition is then written into it, else it is made. */
  isStored: boolean;
  writtenAt: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Forgets the oldest entry of a map that is full; insertion order is age. */
function remember<V>(map: Map<string, V>, key: string, value: V): V {
  if (map.size >= maxRemembered) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(key, value);
  return value;
}

function cut(note: string): string {
  if (Buffer.byteLength(note) <= 1_024) return note;
  // Never in the middle of a character: a partial one becomes U+FFFD, which is then cut off.
  return `${Buffer.from(note)
    .subarray(0, 1_020)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}

/** Records events.k8s.io/v1 events: deduplicated, aggregated, rate-limited, and dropped rather than waited for. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, controller, instance, timer, log, registry } = options;
  const queue: Series[] = [];
  const series = new Map<string, Series>();
  const buckets = new Map<string, Bucket>();
  let wake: () => void = () => undefined;
  const dropped = new Counter({
    name: 'remora_events_dropped_total',
    help: 'Kubernetes events that were not sent, by cause.',
    labelNames: ['cause'],
    registers: [registry],
  });

  const hasToken = (regarding: Regarding): boolean => {
    const key = [regarding.kind, regarding.namespace, regarding.name].join('/');
    const now = timer.now();
    const bucket = buckets.get(key) ?? remember(buckets, key, { tokens: burst, filledAt: now });
    const refilled = Math.floor((now - bucket.filledAt) / refillMs);
    if (refilled > 0) {
      bucket.tokens = Math.min(burst, bucket.tokens + refilled);
      bucket.filledAt += refilled * refillMs;
    }
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  };

  const enqueue = (entry: Series): void => {
    if (queue.includes(entry)) return;
    if (queue.length >= maxQueued) {
      dropped.inc({ cause: 'queue' });
      return;
    }
    queue.push(entry);
    wake();
  };

  const record = (note: EventNote): void => {
    const now = timer.now();
    const { regarding, type, reason, action } = note;
    const key = JSON.stringify([regarding, type, reason, action, note.note]);
    const known = series.get(key);
    if (known !== undefined && now - known.lastAt < seriesMs) {
      known.count += 1;
      known.lastAt = now;
      if (now - known.writtenAt >= seriesWriteMs) enqueue(known);
      return;
    }
    if (!hasToken(regarding)) {
      dropped.inc({ cause: 'rate' });
      return;
    }
    const name = `${regarding.name.slice(0, 200)}.${createHash('sha256').update(`${key}${instance}${now}`).digest('hex').slice(0, 16)}`;
    const entry = { note, name, firstAt: now, count: 1, lastAt: now, isStored: false, writtenAt: now };
    series.delete(key);
    enqueue(remember(series, key, entry));
  };

  const write = async (entry: Series): Promise<void> => {
    const { note, count } = entry;
    const { regarding, type, reason, action } = note;
    const outcome = entry.isStored
      ? await client.mergePatch<KubeObject>(
          resources.events,
          { namespace: regarding.namespace, name: entry.name },
          { series: { count, lastObservedTime: microTime(entry.lastAt) } },
        )
      : await client.create<KubeObject>(resources.events, {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          metadata: { namespace: regarding.namespace, name: entry.name },
          eventTime: microTime(entry.firstAt),
          reportingController: controller,
          reportingInstance: instance.slice(0, 128),
          regarding,
          type,
          reason,
          action,
          note: cut(note.note),
        } as KubeObject);
    entry.writtenAt = timer.now();
    if (outcome.outcome === 'ok') {
      entry.isStored = true;
    } else {
      // A lost answer leaves an event that is there; one that someone deleted is made again by the next repetition.
      if (outcome.code === 'AlreadyExists') entry.isStored = true;
      if (outcome.code === 'NotFound') entry.isStored = false;
      dropped.inc({ cause: 'refused' });
      log.warn('event.failed', { code: outcome.code, message: outcome.message, reason, regarding: regarding.name });
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener('abort', () => wake(), { once: true });
    while (!signal.aborted) {
      const entry = queue.shift();
      if (entry !== undefined) await write(entry);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };

  return { record, run };
}
