import { createBackoff } from '../../../kube/backoff.ts';
import type { Informer } from '../../../kube/types.ts';
import type { Timer } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/log.ts';
import { describeProblem } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import type { InForce, Load, LoadedExpansion, LoadedPolicy } from './loaded.ts';

/** Where one policy ConfigMap stands. */
export interface PolicyStatus {
  readonly namespace: string;
  readonly name: string;
  /** `stale`: what it says now does not load, and what it said before is still in force. */
  readonly state: 'loading' | 'loaded' | 'stale' | 'failed';
  readonly problems: readonly Problem[];
}

export interface Registry {
  /** Every policy in force, in the order of namespaces and names. */
  readonly policies: readonly LoadedPolicy[];
  /** Every expansion in force, in the same order. */
  readonly expansions: readonly LoadedExpansion[];
  /** Changes whenever `policies` does. */
  readonly version: number;
  readonly statuses: readonly PolicyStatus[];
  /** Whether every policy that the informer knows was tried once, so that none is missed. */
  readonly isSettled: boolean;
  /** Whether a ConfigMap is being loaded: what was taken for it so far is in use, though no policy names it yet. */
  readonly isLoading: boolean;
  /** Calls back after each change of the policies, and when a load ended for nothing. */
  onChange(listener: () => void): () => void;
}

export interface RegistryOptions<P> {
  readonly informer: Informer<P>;
  /** Reads, compiles and loads one ConfigMap; never rejects. */
  readonly load: (policy: P, namespace: string) => Promise<Load>;
  /** Called once for each policy that does not load, as it is written. */
  readonly onFailed: (namespace: string, name: string, problems: readonly Problem[]) => void;
  readonly timer: Timer;
  readonly random: () => number;
  readonly log: Logger;
}

interface Entry<P> {
  wanted: P | undefined;
  /** What was loaded last, and from what. */
  tried: P | undefined;
  /** Of which it was told that it does not load. */
  toldOf: P | undefined;
  loaded: InForce | undefined;
  problems: readonly Problem[];
  working: boolean;
}

/**
 * Follows the policy ConfigMaps: loads what is new or changed, one ConfigMap at a time each, forgets at once what is
 * gone. While a change does not load, what was in force stays so. Policies that could not be loaded for a cause that may
 * pass are tried again with backoff, until `signal` aborts.
 */
export function createRegistry<P>(options: RegistryOptions<P>, signal: AbortSignal): Registry {
  const { informer, load, onFailed, timer, random, log } = options;
  const entries = new Map<string, Entry<P>>();
  const listeners = new Set<() => void>();
  let policies: readonly LoadedPolicy[] = [];
  let expansions: readonly LoadedExpansion[] = [];
  let version = 0;
  let loads = 0;

  const changed = (): void => {
    const ordered = [...entries.entries()].sort(([left], [right]) => (left < right ? -1 : 1));
    policies = ordered.flatMap(([, { loaded }]) => loaded?.policies ?? []);
    expansions = ordered.flatMap(([, { loaded }]) => loaded?.expansions ?? []);
    version += 1;
    for (const listener of listeners) listener();
  };

  const work = async (key: string, namespace: string, entry: Entry<P>): Promise<void> => {
    entry.working = true;
    const backoff = createBackoff(random, 200, 30_000);
    while (!signal.aborted && entry.wanted !== undefined && entry.tried !== entry.wanted) {
      const { wanted } = entry;
      loads += 1;
      const outcome = await load(wanted, namespace);
      loads -= 1;
      // It went, or changed, while it was loaded: what came of it is old.
      if (entry.wanted !== wanted) {
        changed();
        continue;
      }
      if (outcome.outcome === 'loaded') {
        entry.loaded = outcome;
        entry.problems = [];
        log.info('policy.loaded', { policy: key, rules: outcome.policies.flatMap(({ rules }) => rules).length });
      } else {
        entry.problems = outcome.problems;
        entry.loaded ??= outcome.standby;
        const problems = outcome.problems.map(describeProblem);
        log.error('policy.failed', { policy: key, problems, isTransient: outcome.isTransient });
        if (entry.toldOf !== wanted) {
          entry.toldOf = wanted;
          onFailed(namespace, key.slice(namespace.length + 1), outcome.problems);
        }
        if (outcome.isTransient) {
          changed();
          await timer.wait(backoff.next(), signal);
          continue;
        }
      }
      entry.tried = wanted;
      changed();
    }
    entry.working = false;
  };

  const note = (namespace: string | undefined, name: string, policy: P | undefined): void => {
    const key = `${namespace ?? ''}/${name}`;
    const known = entries.get(key);
    if (policy === undefined) {
      if (known === undefined) return;
      known.wanted = undefined;
      entries.delete(key);
      changed();
      return;
    }
    const entry = known ?? {
      wanted: undefined,
      tried: undefined,
      toldOf: undefined,
      loaded: undefined,
      problems: [],
      working: false,
    };
    entries.set(key, entry);
    entry.wanted = policy;
    if (!entry.working) void work(key, namespace ?? '', entry);
  };
  informer.onChange(note);

  return {
    get policies() {
      return policies;
    },
    get expansions() {
      return expansions;
    },
    get version() {
      return version;
    },
    get statuses() {
      return [...entries.entries()].map(([key, entry]) => {
        const [namespace = '', name = ''] = key.split('/');
        return { namespace, name, state: stateOf(entry), problems: entry.problems };
      });
    },
    get isSettled() {
      return informer.isSynced && [...entries.values()].every((entry) => stateOf(entry) !== 'loading');
    },
    get isLoading() {
      return loads > 0;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function stateOf<P>({ loaded, problems, wanted, tried }: Entry<P>): PolicyStatus['state'] {
  if (problems.length > 0) return loaded === undefined ? 'failed' : 'stale';
  return loaded === undefined || wanted !== tried ? 'loading' : 'loaded';
}
