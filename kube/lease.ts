import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { microTime } from './microtime.ts';
import { resources } from './resources.ts';
import type { KubeClient, KubeObject, KubeOutcome } from './types.ts';

export interface LeaseTimes {
  /** How long others wait for a silent leader. */
  readonly leaseMs: number;
  /** A leader that could not renew for so long stops leading; shorter than the lease, so that two never lead. */
  readonly renewDeadlineMs: number;
  /** Between two attempts, to take or to renew. */
  readonly retryMs: number;
}

/** client-go's recommended defaults. */
export const defaultLeaseTimes: LeaseTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export interface LeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Name of this replica; the pod's name. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

/** coordination.k8s.io/v1 Lease, the parts that leader election reads and writes. */
interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** A lease as last seen, and when by our own clock: a holder's clock is never compared with ours. */
interface Observed {
  readonly lease: Lease;
  readonly seenAt: number;
}

/** Whether a lease may be taken at `now`: nobody holds it, or its holder has been silent for its duration. */
function isFree(observed: Observed, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = observed.lease.spec ?? {};
  if (holderIdentity === undefined || holderIdentity === null || holderIdentity === '') return true;
  return now - observed.seenAt >= (leaseDurationSeconds ?? 0) * 1_000;
}

/**
 * Leads whenever this replica holds the lease, until `signal` aborts; then gives the lease back.
 *
 * `lead` gets a signal that aborts as soon as the lease may be lost; it must stop then. It is called anew each time
 * the lease is won. The rules are those of client-go's leaderelection.
 */
export async function holdLease(
  options: LeaseOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, name, identity, timer, random } = options;
  const times = options.times ?? defaultLeaseTimes;
  const log = options.log.with({ lease: name, identity });
  let observed: Observed | undefined;

  const observe = (lease: Lease): Observed => {
    const isUnchanged = observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
    if (observed === undefined || !isUnchanged) observed = { lease, seenAt: timer.now() };
    return observed;
  };

  const written = (from: Lease | undefined): Lease => {
    const isOurs = from?.spec?.holderIdentity === identity;
    const now = microTime(timer.now());
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...from?.metadata, namespace, name },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(times.leaseMs / 1_000),
        acquireTime: isOurs ? (from.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (from?.spec?.leaseTransitions ?? 0) + (isOurs || from?.spec === undefined ? 0 : 1),
      },
    };
  };

  /** One attempt to take or renew; true when this replica holds the lease after it. */
  const attempt = async (): Promise<boolean> => {
    const read = await client.get<Lease>(resources.leases, { namespace, name });
    let answer: KubeOutcome<Lease>;
    if (read.outcome === 'failed') {
      if (read.code !== 'NotFound') return failed(read);
      answer = await client.create<Lease>(resources.leases, written(undefined));
    } else {
      const current = observe(read.value);
      const isOurs = read.value.spec?.holderIdentity === identity;
      if (!isOurs && !isFree(current, timer.now())) return false;
      answer = await client.replace<Lease>(resources.leases, written(read.value));
    }
    if (answer.outcome === 'failed') return failed(answer);
    observe(answer.value);
    return true;
  };

  const failed = (failure: KubeOutcome<unknown>): false => {
    // Losing the race is the ordinary way not to become the leader.
    if (failure.outcome === 'failed' && failure.code !== 'Conflict' && failure.code !== 'AlreadyExists') {
      log.warn('lease.failed', { code: failure.code, message: failure.message });
    }
    return false;
  };

  /** Renews until it fails for the whole deadline, or `signal` aborts. */
  const keep = async (wonAt: number): Promise<void> => {
    let renewedAt = wonAt;
    while (!signal.aborted) {
      await timer.wait(Math.min(times.retryMs, Math.max(0, renewedAt + times.renewDeadlineMs - timer.now())), signal);
      if (timer.now() - renewedAt >= times.renewDeadlineMs) return;
      const attemptedAt = timer.now();
      const answered = new AbortController();
      const deadline = timer.wait(renewedAt + times.renewDeadlineMs - attemptedAt, answered.signal);
      const isHeld = await Promise.race([attempt(), deadline.then(() => false)]);
      answered.abort();
      // Counted from before the attempt: an answer that comes late says nothing of when it was true.
      if (isHeld) renewedAt = attemptedAt;
      else if (observed !== undefined && observed.lease.spec?.holderIdentity !== identity) return;
    }
  };

  const release = async (): Promise<void> => {
    const held = observed?.lease;
    if (held?.spec?.holderIdentity !== identity) return;
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(timer.now()) };
    const released: Lease = { ...held, spec };
    failed(await client.replace(resources.leases, released));
  };

  const isStopping = (): boolean => signal.aborted;
  while (!isStopping()) {
    const attemptedAt = timer.now();
    if (await attempt()) {
      log.info('lease.won');
      const term = new AbortController();
      const led = lead(term.signal);
      await keep(attemptedAt);
      term.abort();
      await led;
      log.info('lease.lost', { isStopping: isStopping() });
    }
    // Jitter as in client-go, so that replicas do not meet at each attempt.
    if (!isStopping()) await timer.wait(times.retryMs * (1 + random() * 0.2), signal);
  }
  await release();
}
