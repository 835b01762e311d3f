import type { Budget } from '../audit/budget.ts';
import type { Entry } from '../audit/entries.ts';
import { configMapOf, versionOf } from '../audit/identity.ts';
import type { Ledger } from '../audit/ledger.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import type { Replayer } from './replay.ts';
import { mergeReplays } from './summaries.ts';
import type { MergedReplay, Summary } from './summaries.ts';

/** What policies would have done to the last requests, asked once when each was loaded. */
export interface Replays {
  /** Replays the ConfigMaps of which some of `entries` are new, with all their policies, which are among `all`. */
  run(entries: readonly Entry[], all: readonly Entry[]): Promise<void>;
  /** Forgets ConfigMaps that are none of these policies'. */
  retain(policies: readonly LoadedPolicy[]): void;
  /** Of a ConfigMap (`shop/owner-labels`), by all replicas that know the same version of it. */
  of(configMap: string): MergedReplay | undefined;
}

export function createReplays(options: {
  readonly replay: Replayer;
  readonly ledger: Pick<Ledger, 'publish' | 'others'>;
  readonly budget: Budget;
  readonly deadlineMs: number;
}): Replays {
  const { replay, ledger, budget, deadlineMs } = options;
  const summaries = new Map<string, Summary>();
  const versions = new Map<string, string>();

  return {
    run: async (entries, all) => {
      const isNew = (configMap: string): boolean =>
        entries.some((entry) => entry.isNew && configMapOf(entry.policy.name) === configMap);
      const configMaps = [...new Set(entries.map(({ policy }) => configMapOf(policy.name)))].filter(isNew);
      for (const policy of configMaps) {
        const its = all.filter((entry) => configMapOf(entry.policy.name) === policy);
        for (const entry of its) entry.isNew = false;
        const policies = its.map((entry) => entry.policy);
        const version = versionOf(policies);
        versions.set(policy, version);
        budget.begin();
        const found = await replay(policies, { deadlineMs, pause: () => budget.pause() });
        summaries.delete(policy);
        // Nothing is known of a time without requests; what other replicas know stands alone then.
        if (found.since !== undefined) summaries.set(policy, { policy, version, replay: found });
      }
      ledger.publish([...summaries.values()]);
    },
    retain: (policies) => {
      const names = new Set(policies.map(({ name }) => configMapOf(name)));
      for (const name of [...versions.keys()].filter((each) => !names.has(each))) {
        versions.delete(name);
        summaries.delete(name);
      }
      ledger.publish([...summaries.values()]);
    },
    of: (configMap) => {
      const version = versions.get(configMap);
      const isSame = (summary: Summary): boolean => summary.policy === configMap && summary.version === version;
      const found = [...ledger.others.flatMap((other) => other.summaries), ...summaries.values()].filter(isSame);
      return mergeReplays(found.map((summary) => summary.replay));
    },
  };
}
