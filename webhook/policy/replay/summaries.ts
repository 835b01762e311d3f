import { isRecord } from '../../../settings/policies/field.ts';
import type { Replay, ReplayExample } from './replay.ts';

/** What a replay found for the policies of one ConfigMap, as it was then. */
export interface Summary {
  /** `shop/owner-labels`. */
  readonly policy: string;
  /** Stands for what the policy said: counts of different versions are never added. */
  readonly version: string;
  readonly replay: Replay;
}

export interface ReplicaSummaries {
  /** Name of the pod. */
  readonly replica: string;
  /** Milliseconds since the Unix epoch. */
  readonly writtenAt: number;
  readonly summaries: readonly Summary[];
}

/** What the replays of all replicas found together. */
export interface MergedReplay extends Replay {
  readonly replicas: number;
}

const prefix = 'replay.';
const limits = { summaries: 50, examples: 2, ageMs: 3_600_000, refreshMs: 1_800_000 };

/**
 * The summaries in the ConfigMap's `data`, of each pod under `replay.<pod>`. What is an hour old is left out: its pod is
 * gone, for one that lives writes it again each half hour. What cannot be read is left out too.
 */
export function summariesOf(data: Readonly<Record<string, string>>, now: number): readonly ReplicaSummaries[] {
  return Object.entries(data).flatMap(([key, text]) => {
    const found = key.startsWith(prefix) ? parse(text) : undefined;
    if (found === undefined || now - found.writtenAt >= limits.ageMs) return [];
    return [{ replica: key.slice(prefix.length), ...found }];
  });
}

/**
 * `data` with this replica's own summaries among those that were found: the last 50, with two examples each. They are
 * written anew when they changed, and when what stands there is half an hour old.
 */
export function writeSummaries(
  found: readonly ReplicaSummaries[],
  own: { readonly replica: string; readonly summaries: readonly Summary[] },
  now: number,
): Readonly<Record<string, string>> {
  const summaries = own.summaries.slice(-limits.summaries).map((summary) => ({
    ...summary,
    replay: { ...summary.replay, examples: summary.replay.examples.slice(0, limits.examples) },
  }));
  const before = found.find(({ replica }) => replica === own.replica);
  const isSame = before !== undefined && JSON.stringify(before.summaries) === JSON.stringify(summaries);
  const writtenAt = isSame && now - before.writtenAt < limits.refreshMs ? before.writtenAt : now;
  const all = [
    ...found.filter(({ replica }) => replica !== own.replica),
    ...(summaries.length === 0 ? [] : [{ replica: own.replica, writtenAt, summaries }]),
  ];
  const entries = all.map(({ replica, ...rest }) => [`${prefix}${replica}`, JSON.stringify(rest)] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Counts added, from the earliest time on; a request goes to one replica, and so counts once. */
export function mergeReplays(replays: readonly Replay[]): MergedReplay | undefined {
  if (replays.length === 0) return undefined;
  const sum = (of: (replay: Replay) => number): number => replays.reduce((total, replay) => total + of(replay), 0);
  return {
    since: replays.flatMap(({ since }) => (since === undefined ? [] : [since])).sort()[0],
    requests: sum(({ requests }) => requests),
    wouldRefuse: sum(({ wouldRefuse }) => wouldRefuse),
    wouldWarn: sum(({ wouldWarn }) => wouldWarn),
    failed: sum(({ failed }) => failed),
    examples: replays.flatMap(({ examples }) => examples).slice(0, 5),
    isWhole: replays.every(({ isWhole }) => isWhole),
    replicas: replays.length,
  };
}

function parse(text: string): Omit<ReplicaSummaries, 'replica'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value['writtenAt'] !== 'number' || !Array.isArray(value['summaries']))
    return undefined;
  const summaries = value['summaries'].flatMap((each: unknown) => {
    const summary = isRecord(each) && isRecord(each['replay']) ? readSummary(each, each['replay']) : undefined;
    return summary === undefined ? [] : [summary];
  });
  return { writtenAt: value['writtenAt'], summaries };
}

type Json = Readonly<Record<string, unknown>>;

function readSummary(summary: Json, replay: Json): Summary | undefined {
  const { policy, version } = summary;
  const { since, requests, wouldRefuse, wouldWarn, failed, examples, isWhole } = replay;
  const counts = [requests, wouldRefuse, wouldWarn, failed];
  if (typeof policy !== 'string' || typeof version !== 'string' || !counts.every(Number.isSafeInteger))
    return undefined;
  const [requestCount = 0, refuseCount = 0, warnCount = 0, failedCount = 0] = counts as readonly number[];
  return {
    policy,
    version,
    replay: {
      since: typeof since === 'string' ? since : undefined,
      requests: requestCount,
      wouldRefuse: refuseCount,
      wouldWarn: warnCount,
      failed: failedCount,
      examples: Array.isArray(examples) ? examples.filter(isExample) : [],
      isWhole: isWhole === true,
    },
  };
}

function isExample(value: unknown): value is ReplayExample {
  const fields: readonly (keyof ReplayExample)[] = ['operation', 'kind', 'namespace', 'name', 'message'];
  return isRecord(value) && fields.every((field) => typeof value[field] === 'string');
}
