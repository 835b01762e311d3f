import { resources } from '../../../kube/resources.ts';
import type { KubeClient, KubeFailure, KubeObject } from '../../../kube/types.ts';
import type { Timer } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/log.ts';
import { capFirstSeen, mergeFirstSeen, policyOf, readFirstSeen, writeFirstSeen } from './firstseen.ts';
import type { FirstSeen } from './firstseen.ts';
import { summariesOf, writeSummaries } from '../replay/summaries.ts';
import type { ReplicaSummaries, Summary } from '../replay/summaries.ts';

export const ledgerName = 'remora-audit';

export interface LedgerOptions {
  readonly client: Pick<KubeClient, 'get' | 'replace'>;
  /** Remora's own namespace. */
  readonly namespace: string;
  /** Name of this pod. */
  readonly replica: string;
  /** Entries of first sights that there is room for, 5 000 unless said. */
  readonly maxEntries?: number;
  readonly timer: Timer;
  readonly log: Logger;
}

/**
 * What replicas tell each other, and themselves after a restart, in the ConfigMap `remora-audit`: when violations were
 * seen first, and what replays found. Each replica reads it, merges, and writes it back where something is new.
 */
export interface Ledger {
  /** When a violation was seen first, in milliseconds since the Unix epoch; undefined when nobody says. */
  firstSeen(key: string): number | undefined;
  /** Keys that the ConfigMap had when it was read last. */
  storedKeys(): ReadonlySet<string>;
  /** These are the violations that there are, as this replica knows; of what is new it is `at` that counts. */
  hold(keys: Iterable<string>, at: number): void;
  /** These are gone, whoever wrote them. */
  forget(keys: Iterable<string>): void;
  /** What this replica's replays found. */
  publish(summaries: readonly Summary[]): void;
  /** What the replays of the other replicas found. */
  readonly others: readonly ReplicaSummaries[];
  /** Entries for which there was no room, since this process started. */
  readonly dropped: number;
  /** Reads, merges and writes once. Never rejects; false when the ConfigMap could not be had, or not be written. */
  sync(): Promise<boolean>;
  /** Does so once a minute, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface LedgerMap extends KubeObject {
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** Key in `binaryData`. */
const firstSeenName = 'first-seen';
const everyMs = 60_000;
const attempts = 5;

export function createLedger(options: LedgerOptions): Ledger {
  const { client, namespace, replica, maxEntries = 5_000, timer, log } = options;
  let stored: FirstSeen = new Map();
  let own: FirstSeen = new Map();
  let others: readonly ReplicaSummaries[] = [];
  let summaries: readonly Summary[] = [];
  let dropped = 0;
  let withoutRoom = new Set<string>();
  const gone = new Set<string>();

  /** What the ConfigMap is to hold after this one was read. */
  const merge = (read: FirstSeen): FirstSeen => {
    const merged = new Map(mergeFirstSeen(read, own));
    for (const key of gone) if (!own.has(key)) merged.delete(key);
    const capped = capFirstSeen(merged, maxEntries);
    // A violation that stays is without room at every turn, and counts once.
    dropped += capped.dropped.filter((key) => !withoutRoom.has(key)).length;
    withoutRoom = new Set(capped.dropped);
    return capped.kept;
  };

  const attempt = async (): Promise<'done' | KubeFailure> => {
    const read = await client.get<LedgerMap>(resources.configMaps, { namespace, name: ledgerName });
    if (read.outcome === 'failed') return read;
    const { value } = read;
    const now = timer.now();
    const forgotten = [...gone];
    const firstSeen = merge(readFirstSeen(value.binaryData?.[firstSeenName] ?? ''));
    const written = writeFirstSeen(firstSeen);
    const found = summariesOf(value.data ?? {}, now);
    const data = writeSummaries(found, { replica, summaries }, now);
    const isSame =
      written === (value.binaryData?.[firstSeenName] ?? '') &&
      JSON.stringify(data) === JSON.stringify(value.data ?? {});
    if (!isSame) {
      const wanted: LedgerMap = { ...value, data, binaryData: { ...value.binaryData, [firstSeenName]: written } };
      const replaced = await client.replace(resources.configMaps, { apiVersion: 'v1', kind: 'ConfigMap', ...wanted });
      if (replaced.outcome === 'failed') return replaced;
    }
    stored = firstSeen;
    others = found.filter((each) => each.replica !== replica);
    for (const key of forgotten) gone.delete(key);
    return 'done';
  };

  const sync = async (): Promise<boolean> => {
    for (let turn = 1; ; turn += 1) {
      const outcome = await attempt();
      if (outcome === 'done') return true;
      if (outcome.code !== 'Conflict' || turn === attempts) {
        log.warn('audit.ledger.failed', { name: ledgerName, code: outcome.code, message: outcome.message });
        return false;
      }
    }
  };

  return {
    firstSeen: (key) => {
      const times = [own.get(key), stored.get(key)].filter((at) => at !== undefined);
      return times.length === 0 ? undefined : Math.min(...times) * 1_000;
    },
    storedKeys: () => new Set(stored.keys()),
    hold: (keys, at) => {
      const seconds = Math.floor(at / 1_000);
      own = new Map([...keys].map((key) => [key, own.get(key) ?? stored.get(key) ?? seconds] as const));
    },
    forget: (keys) => {
      for (const key of keys) gone.add(key);
    },
    publish: (found) => {
      summaries = found;
    },
    get others() {
      return others;
    },
    get dropped() {
      return dropped;
    },
    sync,
    run: async (signal) => {
      const isStopping = (): boolean => signal.aborted;
      while (!isStopping()) {
        await timer.wait(everyMs, signal);
        if (!isStopping()) await sync();
      }
    },
  };
}

/** Of `keys` those that are none of `found`: gone, when they are of a policy that was audited as a whole, or of none. */
export function goneOf(
  keys: Iterable<string>,
  found: ReadonlySet<string>,
  isSettled: (policyKey: string) => boolean,
): readonly string[] {
  return [...keys].filter((key) => !found.has(key) && isSettled(policyOf(key)));
}
