import type { Enforcement } from '../../../settings/policies/types.ts';
import type { MergedReplay } from '../replay/summaries.ts';
import type { Finding, Findings } from './findings.ts';
import type { AuditProblem } from './targets.ts';

/** One violation in `/audit`. Times are RFC 3339. */
export interface ReportedViolation {
  /** `Pod`, `apps/Deployment`. */
  readonly kind: string;
  /** '' for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** The controller that made it, `ReplicaSet/web-5d9c`, which may be listed itself; '' when there is none. */
  readonly owner: string;
  readonly enforcement: Enforcement;
  /** Cut to 500 characters. */
  readonly message: string;
  /** When the audit saw this object violate this policy first, also before a restart. */
  readonly firstSeen: string;
}

/** One policy in `/audit`: a native one, or one constraint of a Gatekeeper one. */
export interface ReportedPolicy {
  /** `shop/owner-labels`: the ConfigMap. */
  readonly policy: string;
  /** How its messages are headed. */
  readonly title: string;
  /** What its rules do. */
  readonly enforcement: readonly Enforcement[];
  /** Objects that it is for; null until it was audited. */
  readonly objects: number | null;
  readonly violations: { readonly total: number } & Readonly<Record<Enforcement, number>>;
  /** At most 500, fewer when there are more than 20 policies. */
  readonly listed: readonly ReportedViolation[];
  /** `and 12 more`; '' when all are listed. */
  readonly more: string;
  readonly lastRun: string | null;
  readonly durationSeconds: number | null;
  /** False when something could not be read or judged, which `problems` name. */
  readonly isWhole: boolean;
  /** Reason codes of docs/errors.md. */
  readonly problems: readonly AuditProblem[];
  /** What it would have done to the last requests when it was loaded, over all replicas; null when nothing was kept. */
  readonly replay: MergedReplay | null;
}

/** What `/audit` of the webhook's JSON endpoints answers with. */
export interface AuditReport {
  readonly generatedAt: string;
  /** The pod that answers. Every replica audits everything. */
  readonly replica: string;
  /** The last round over all policies; null before the first one ended. */
  readonly round: { readonly lastRun: string; readonly durationSeconds: number; readonly objects: number } | null;
  /** First sights that were let go, since this process started: 5 000 are kept. */
  readonly dropped: number;
  readonly policies: readonly ReportedPolicy[];
  /** The requests that this replica keeps for replays. */
  readonly replay: { readonly since: string | null; readonly requests: number; readonly bytes: number };
}

export interface PolicyToReport {
  readonly policy: string;
  readonly title: string;
  readonly enforcement: readonly Enforcement[];
  readonly findings: Findings | undefined;
  /** Why it could not be audited yet. */
  readonly waiting: AuditProblem | undefined;
  readonly replay: MergedReplay | undefined;
}

/** Writes one policy. `firstSeen` is in milliseconds since the Unix epoch, undefined when nobody kept it. */
export function reportPolicy(of: PolicyToReport, firstSeen: (key: string) => number | undefined): ReportedPolicy {
  const { policy, title, enforcement, findings, waiting, replay } = of;
  const totals = findings?.totals ?? { deny: 0, warn: 0, dryrun: 0 };
  const total = totals.deny + totals.warn + totals.dryrun;
  const kept = findings?.kept ?? [];
  const write = ({ firstSeenKey, ...finding }: Finding): ReportedViolation => ({
    ...finding,
    firstSeen: timeText(firstSeen(firstSeenKey) ?? findings?.endedAt ?? 0),
  });
  return {
    policy,
    title,
    enforcement,
    objects: findings?.objects ?? null,
    violations: { total, ...totals },
    listed: kept.map(write),
    more: total > kept.length ? `and ${total - kept.length} more` : '',
    lastRun: findings === undefined ? null : timeText(findings.endedAt),
    durationSeconds: findings === undefined ? null : findings.durationMs / 1_000,
    isWhole: findings?.isWhole === true && waiting === undefined,
    problems: [...(waiting === undefined ? [] : [waiting]), ...(findings?.problems ?? [])],
    replay: replay ?? null,
  };
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
