import { discover } from './discovery.ts';
import type { ApiResource } from './discovery.ts';
import type { KubeClient } from './types.ts';
import type { Timer } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';

/** The kinds that the API server serves, as they were when it was asked last. */
export interface Kinds {
  readonly served: readonly ApiResource[];
  /** Asks again, at most once in five seconds; a kind that is new, as after a CRD, is then known. */
  refresh(): Promise<readonly ApiResource[]>;
  /** Calls back after each answer. */
  onChange(listener: () => void): void;
  /** Asks now and every ten minutes, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const times = { restMs: 5_000, againMs: 600_000, retryMs: 5_000 };

/** Makes the list, empty until it was asked for. */
export function createKinds(options: {
  readonly client: Pick<KubeClient, 'raw'>;
  readonly timer: Timer;
  readonly log: Logger;
}): Kinds {
  const { client, timer, log } = options;
  let served: readonly ApiResource[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<boolean> | undefined;
  const listeners: (() => void)[] = [];

  const ask = async (): Promise<boolean> => {
    askedAt = timer.now();
    const found = await discover(client);
    if (found.outcome === 'failed') {
      log.warn('kinds.unknown', { code: found.code, message: found.message });
      return false;
    }
    if (found.missing.length > 0) log.warn('kinds.missing', { groups: found.missing });
    // What an aggregated API server served before it went away is served again when it is back.
    const kept = served.filter(({ group, version }) => found.missing.includes(`${group}/${version}`));
    served = [...found.resources, ...kept];
    for (const listener of listeners) listener();
    return true;
  };
  const askOnce = (): Promise<boolean> => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  return {
    get served() {
      return served;
    },
    refresh: async () => {
      if (asking !== undefined || timer.now() - askedAt >= times.restMs) await askOnce();
      return served;
    },
    onChange: (listener) => void listeners.push(listener),
    run: async (signal) => {
      while (!signal.aborted) {
        const isKnown = await askOnce();
        await timer.wait(isKnown ? times.againMs : times.retryMs, signal);
      }
    },
  };
}
