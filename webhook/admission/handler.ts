import type { Skip } from '../plan/types.ts';
import type { AdmissionRequest } from './review.ts';
import { allowed } from './response.ts';
import type { AdmissionResponse } from './response.ts';

/** What a decision is about, so that events reach an object that exists: a pod has no name or uid at admission. */
export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  /** Empty when the API server will generate it. */
  readonly name: string;
  readonly uid?: string;
}

/** What a handler made of a request. It records nothing itself; `record.ts` does, and nothing for a dry run. */
export interface Decision {
  readonly response: AdmissionResponse;
  /** Features, or parts of them, that were left out of the pod. */
  readonly skipped: readonly Skip[];
  /** Features that were put in. */
  readonly features: readonly string[];
  /** Owner of the pod, or the object itself; absent when there is nothing to tell anyone. */
  readonly subject?: Subject;
  /** What the event about a refusal says, where the whole message is too much for its one line. */
  readonly note?: string;
}

/** A handler with its dependencies bound. It may throw: that is a bug, answered with `InternalError`. */
export type Handler = (request: AdmissionRequest) => Decision | Promise<Decision>;

/** A decision with nothing to record but its answer. */
export function decided(response: AdmissionResponse): Decision {
  return { response, skipped: [], features: [] };
}

/** Lets a pod in as it is, for a reason that `/why` and the metrics name. */
export function leftOut({ code, message }: { readonly code: string; readonly message: string }): Decision {
  return { ...decided(allowed({ skipped: code })), skipped: [{ feature: 'all', code, message }] };
}
