import type { Problem } from '../../../runtime/problem.ts';
import type { Expansion, Source } from '../../../settings/policies/gatekeeper/types.ts';
import type {
  Enforcement,
  InventoryKind,
  Match,
  OnFailure,
  PolicyOperation,
} from '../../../settings/policies/types.ts';
import type { PolicyName } from '../answer/answer.ts';

/** What a policy or an expansion counts for: everything, or the namespace that its ConfigMap stands in. */
export interface Reach {
  readonly namespace: string;
  /** Of Remora's own namespace: for every labelled namespace, and for what has none. Others are for their own. */
  readonly isForAll: boolean;
}

/** An ExpansionTemplate of a policy ConfigMap. */
export interface LoadedExpansion extends Reach {
  readonly expansion: Expansion;
}

/** One rule of a loaded policy: where it is evaluated, and what its violations do. */
export interface LoadedRule {
  /** Hash of the compiled module. */
  readonly module: string;
  /** `shop/owner/deny`. */
  readonly entrypoint: string;
  readonly enforcement: Enforcement;
}

/** What a policy is evaluated for, ready to be evaluated: a native policy, or one constraint of a Gatekeeper one. */
export interface LoadedPolicy {
  readonly name: PolicyName;
  /** Of Remora's own namespace: for every labelled namespace, and for what has none. Others are for their own. */
  readonly isForAll: boolean;
  readonly match: Match;
  /** Objects that were written, objects that an expansion made of them, or both. */
  readonly source: Source;
  /** Who asks it: a constraint may be for admission alone, or for the audit alone. */
  readonly isAdmitted: boolean;
  readonly isAudited: boolean;
  readonly operations: readonly PolicyOperation[];
  readonly onFailure: OnFailure;
  /** `input` is the request itself, or `{review, parameters}` as Gatekeeper has it. */
  readonly input: 'native' | 'gatekeeper';
  /** `input.parameters`, as JSON text. */
  readonly parameters: string;
  readonly rules: readonly LoadedRule[];
  readonly inventory: readonly InventoryKind[];
}

/** What one policy ConfigMap puts in force. */
export interface InForce {
  readonly policies: readonly LoadedPolicy[];
  readonly expansions: readonly LoadedExpansion[];
}

/** What came of loading one policy ConfigMap. */
export type Load =
  | ({ readonly outcome: 'loaded' } & InForce)
  | {
      readonly outcome: 'failed';
      readonly problems: readonly Problem[];
      /** The cause may pass: the API server or the compiler was away. */
      readonly isTransient: boolean;
      /** What it was before, as far as that is known: in force until what it says now loads. */
      readonly standby?: InForce;
    };
