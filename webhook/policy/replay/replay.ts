import type { Timer } from '../../../runtime/clock.ts';
import { shown } from '../../../runtime/problem.ts';
import { metadataOf, textOf } from '../../../settings/policies/object.ts';
import { fieldsOf } from '../../admission/metadata.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import type { Verdict } from '../answer/answer.ts';
import type { Judge } from '../audit/judge.ts';
import type { LoadedPolicy } from '../registry/loaded.ts';
import { requestOf } from './ring.ts';
import type { Ring } from './ring.ts';

/** One request that a policy would not have left alone. */
export interface ReplayExample {
  readonly operation: string;
  readonly kind: string;
  /** '' for what has no namespace. */
  readonly namespace: string;
  /** A prefix with a `*` when the API server was to make the rest. */
  readonly name: string;
  /** Cut to 200 characters. */
  readonly message: string;
}

/** What policies say of the last requests. */
export interface Replay {
  /** When the oldest request came that was looked at (RFC 3339); undefined when there was none. */
  readonly since: string | undefined;
  /** Requests that the policies are for. */
  readonly requests: number;
  /** Of these, what a rule that denies, or that only counts for now, is violated by. */
  readonly wouldRefuse: number;
  /** Of the others, what a rule that warns is violated by. */
  readonly wouldWarn: number;
  /** Of the others, what could not be judged. */
  readonly failed: number;
  /** At most five; refusals first, and of these the newest. */
  readonly examples: readonly ReplayExample[];
  /** Every kept request was looked at within the deadline. */
  readonly isWhole: boolean;
}

export type Replayer = (
  policies: readonly LoadedPolicy[],
  options: {
    /** How long it may take; what was looked at until then is the answer. */
    readonly deadlineMs: number;
    /** Called after each request, for one who pauses. */
    readonly pause?: () => Promise<void>;
  },
) => Promise<Replay>;

const maxExamples = 5;
const maxMessage = 200;

/**
 * Makes the function that asks policies about the requests of a ring, newest first.
 *
 * A policy of a namespace is asked about requests in that namespace alone, and so counts no others.
 */
export function createReplayer(options: {
  readonly ring: Pick<Ring, 'kept'>;
  readonly judge: Judge;
  readonly timer: Timer;
}): Replayer {
  const { ring, judge, timer } = options;
  return async (policies, { deadlineMs, pause }) => {
    const kept = ring.kept();
    const endsAt = timer.now() + deadlineMs;
    const counts = { requests: 0, refused: 0, warned: 0, failed: 0 };
    const examples = { refused: [] as ReplayExample[], warned: [] as ReplayExample[] };
    let looked = 0;
    for (const one of kept) {
      if (timer.now() >= endsAt) break;
      looked += 1;
      const request = requestOf(one);
      const verdicts = request === undefined ? [] : await judge(request, policies);
      if (request !== undefined && verdicts.length > 0) {
        counts.requests += 1;
        const found = outcomeOf(verdicts);
        if (found.outcome !== 'passed') counts[found.outcome] += 1;
        if (found.outcome === 'refused' || found.outcome === 'warned') {
          const list = examples[found.outcome];
          if (list.length < maxExamples) list.push(exampleOf(request, found.message));
        }
      }
      await pause?.();
    }
    const oldest = kept[looked - 1];
    return {
      since: oldest === undefined ? undefined : new Date(oldest.at).toISOString(),
      requests: counts.requests,
      wouldRefuse: counts.refused,
      wouldWarn: counts.warned,
      failed: counts.failed,
      examples: [...examples.refused, ...examples.warned].slice(0, maxExamples),
      isWhole: looked === kept.length,
    };
  };
}

type Outcome =
  { readonly outcome: 'passed' | 'failed' } | { readonly outcome: 'refused' | 'warned'; readonly message: string };

/** A rule in `dryrun` counts as one that denies: that is what its author wants to know before it does. */
function outcomeOf(verdicts: readonly Verdict[]): Outcome {
  const violated = (isWarning: boolean): string | undefined =>
    verdicts
      .filter(({ enforcement }) => (enforcement === 'warn') === isWarning)
      .flatMap(({ evaluation }) => (evaluation.outcome === 'evaluated' ? evaluation.violations : []))[0]?.message;
  const [refusal, warning] = [violated(false), violated(true)];
  if (refusal !== undefined) return { outcome: 'refused', message: refusal };
  if (warning !== undefined) return { outcome: 'warned', message: warning };
  return { outcome: verdicts.some(({ evaluation }) => evaluation.outcome === 'failed') ? 'failed' : 'passed' };
}

function exampleOf(request: AdmissionRequest, message: string): ReplayExample {
  const generateName = textOf(metadataOf(fieldsOf(request.object ?? request.oldObject)), 'generateName');
  const isNamespace = request.kind === 'Namespace';
  return {
    operation: request.operation,
    kind: request.kind,
    namespace: isNamespace ? '' : (request.namespace ?? ''),
    name: request.name ?? (generateName === '' ? '' : `${generateName}*`),
    message: shown(message, maxMessage),
  };
}
