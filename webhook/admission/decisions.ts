import type { Skip } from '../plan/types.ts';

/** One line of `/why`: what was decided about one request, and when. Holds nothing of the pod but its names. */
export interface RecordedDecision {
  readonly time: string;
  readonly webhook: 'mutate' | 'validate' | 'policies';
  readonly operation: string;
  readonly resource: string;
  readonly namespace: string;
  /** Name, or its prefix with a `*` when the API server generates the rest. */
  readonly name: string;
  readonly outcome: 'allowed' | 'denied';
  readonly code?: string;
  readonly message?: string;
  readonly features: readonly string[];
  readonly skipped: readonly Skip[];
}

export interface DecisionQuery {
  readonly namespace?: string;
  readonly pod?: string;
}

/** Reads the query of `/why?namespace=shop&pod=web-5d9c7b-x2x4z`; both are optional. */
export function whyQuery(query: URLSearchParams): DecisionQuery {
  const [namespace, pod] = [query.get('namespace'), query.get('pod')];
  return { ...(namespace === null ? {} : { namespace }), ...(pod === null ? {} : { pod }) };
}

/** The last decisions of this replica, in memory only: a restart forgets them, the other replica has its own. */
export interface Decisions {
  add(decision: RecordedDecision): void;
  /** Newest first. */
  find(query: DecisionQuery): readonly RecordedDecision[];
}

/** Keeps the last `capacity` decisions in a ring. */
export function createDecisions(capacity: number): Decisions {
  const ring: RecordedDecision[] = [];
  let next = 0;
  return {
    add: (decision) => {
      ring[next] = decision;
      next = (next + 1) % capacity;
    },
    find: ({ namespace, pod }) =>
      [...ring.slice(next), ...ring.slice(0, next)]
        .reverse()
        .filter(
          (decision) =>
            (namespace === undefined || decision.namespace === namespace) &&
            (pod === undefined || isNamed(decision.name, pod)),
        ),
  };
}

/** `web-5d9c7b-*` was decided before the API server made it `web-5d9c7b-x2x4z`. */
function isNamed(decided: string, pod: string): boolean {
  return decided === pod || (decided.endsWith('*') && pod.startsWith(decided.slice(0, -1)));
}
