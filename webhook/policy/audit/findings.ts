import type { Enforcement } from '../../../settings/policies/types.ts';
import type { Verdict } from '../answer/answer.ts';
import { firstSeenKey } from './firstseen.ts';
import type { AuditProblem } from './targets.ts';

/** An object that was looked at. Names and owner were written by whoever may write it. */
export interface AuditedObject {
  /** `Pod`, `apps/Deployment`. */
  readonly kind: string;
  /** '' for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Its controller, `ReplicaSet/web-5d9c`; '' when it has none. */
  readonly owner: string;
}

/** One violation of a policy by an object that exists. */
export interface Finding extends AuditedObject {
  readonly enforcement: Enforcement;
  /** As the policy wrote it, cut to 500 characters. */
  readonly message: string;
  readonly firstSeenKey: string;
}

/** What one round found for one policy. */
export interface Findings {
  /** Objects that the policy is for. */
  readonly objects: number;
  /** Violations, also those that are not among `kept`. */
  readonly totals: Readonly<Record<Enforcement, number>>;
  /** The first ones, in the order of kinds, namespaces and names. */
  readonly kept: readonly Finding[];
  readonly problems: readonly AuditProblem[];
  /** Everything that is to be audited was; only then is what is not found gone. */
  readonly isWhole: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
  readonly durationMs: number;
}

/** Puts together what a round finds for one policy. */
export interface Tally {
  /** What the rules of the policy say of an object. */
  add(object: AuditedObject, verdicts: readonly Verdict[]): void;
  /** Something was not audited. */
  miss(problem: AuditProblem): void;
  /** Whether the policy is not to be asked any more in this round. */
  readonly isGivenUp: boolean;
  finish(endedAt: number): Findings;
}

const limits = { problems: 20, messageLength: 500, runaways: 2 };

/** How many violations of one policy are kept while there are so many policies: 500, and 10 000 of all together. */
export function keptOfEach(policies: number): number {
  return Math.min(500, Math.floor(10_000 / Math.max(1, policies)));
}

/**
 * Makes an empty tally, which keeps `maxKept` violations. `policy` names it, `problems` are known beforehand and leave
 * the round whole.
 *
 * After two runaways the policy is not asked again in this round: the third within a minute would keep it from being
 * asked at admission too.
 */
export function createTally(options: {
  readonly policy: string;
  readonly problems: readonly AuditProblem[];
  readonly maxKept: number;
  readonly startedAt: number;
}): Tally {
  const { policy, problems, maxKept, startedAt } = options;
  const totals = { deny: 0, warn: 0, dryrun: 0 };
  const kept: Finding[] = [];
  const missed = new Map<string, AuditProblem>();
  let objects = 0;
  let runaways = 0;

  const miss = (problem: AuditProblem): void => {
    if (missed.size < limits.problems) missed.set(`${problem.code} ${problem.message}`, problem);
  };
  const isGivenUp = (): boolean => runaways >= limits.runaways;

  return {
    add: (object, verdicts) => {
      if (verdicts.length > 0) objects += 1;
      for (const { evaluation, enforcement } of verdicts) {
        if (evaluation.outcome === 'failed') {
          if (evaluation.code === 'PolicyTimeout' || evaluation.code === 'PolicyMemory') runaways += 1;
          miss({ code: evaluation.code, message: `${addressOf(object)}: ${cut(evaluation.message)}` });
          continue;
        }
        totals[enforcement] += evaluation.violations.length;
        for (const { message } of evaluation.violations.slice(0, maxKept - kept.length)) {
          kept.push({ ...object, enforcement, message: cut(message), firstSeenKey: firstSeenKey(policy, object) });
        }
      }
      if (isGivenUp())
        miss({ code: 'AuditLeftOut', message: 'it ran away twice, and is asked again in the next round' });
    },
    miss,
    get isGivenUp() {
      return isGivenUp();
    },
    finish: (endedAt) => ({
      objects,
      totals,
      kept,
      problems: [...problems, ...missed.values()],
      isWhole: missed.size === 0,
      endedAt,
      durationMs: endedAt - startedAt,
    }),
  };
}

/** `Pod shop/web-1`. */
function addressOf({ kind, namespace, name }: AuditedObject): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function cut(message: string): string {
  const runes = Array.from(message);
  return runes.length > limits.messageLength ? `${runes.slice(0, limits.messageLength - 1).join('')}…` : message;
}
