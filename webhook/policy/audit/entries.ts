import type { LoadedPolicy } from '../registry/loaded.ts';
import type { Findings } from './findings.ts';
import { versionOf, withKeys } from './identity.ts';
import type { AuditProblem } from './targets.ts';

/** Where the audit of one policy stands. */
export interface Entry {
  policy: LoadedPolicy;
  version: string;
  /** To be audited as soon as `notBefore` has come. */
  isDue: boolean;
  /** It was not audited since it was loaded or changed. */
  isNew: boolean;
  notBefore: number;
  findings: Findings | undefined;
  waiting: AuditProblem | undefined;
}

/** The policies in force, by their keys, and what is known of each. */
export interface Entries {
  readonly all: ReadonlyMap<string, Entry>;
  /**
   * Takes over which policies are in force: what is gone is forgotten with all that was found, what is new or says
   * something else is due. True when something is.
   */
  follow(policies: readonly LoadedPolicy[]): boolean;
}

export function createEntries(): Entries {
  let all = new Map<string, Entry>();
  return {
    get all() {
      return all;
    },
    follow: (policies) => {
      const before = all;
      let hasNew = false;
      all = new Map(
        [...withKeys(policies)].map(([key, policy]) => {
          const known = before.get(key);
          if (known?.policy === policy) return [key, known];
          const version = versionOf([policy]);
          if (known?.version === version) {
            // It was read again, and says the same.
            known.policy = policy;
            return [key, known];
          }
          hasNew = true;
          const rest = { isDue: true, isNew: true, notBefore: 0, findings: undefined, waiting: undefined };
          return [key, { policy, version, ...rest }];
        }),
      );
      return hasNew;
    },
  };
}
