import { shown } from '../runtime/problem.ts';
import type { KubeFailure, KubeFailureCode } from './types.ts';

/** `reason` of a meta/v1 Status whose meaning the HTTP status alone does not carry. */
const codeByReason: Readonly<Record<string, KubeFailureCode>> = {
  AlreadyExists: 'AlreadyExists',
  Conflict: 'Conflict',
  Expired: 'Expired',
  Gone: 'Expired',
  Invalid: 'Invalid',
};

const codeByStatus: Readonly<Record<number, KubeFailureCode>> = {
  400: 'Invalid',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Unavailable',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
};

/**
 * What the API server says of a refusal is shown to its end: who may not do it comes first, and verb, resource and
 * namespace, by which the missing right is found, come last.
 */
const refusalLength = 1_000;

interface Status {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

/** Makes a failure of an HTTP status and of the meta/v1 Status in its body, where there is one. */
export function failureOf(httpStatus: number, body: unknown, retryAfter?: string): KubeFailure {
  const status: Status = typeof body === 'object' && body !== null ? body : {};
  const code =
    codeByReason[String(status.reason)] ??
    codeByStatus[httpStatus] ??
    (httpStatus >= 500 ? 'Unavailable' : 'Unexpected');
  const seconds = Number(retryAfter ?? status.details?.retryAfterSeconds);
  return {
    outcome: 'failed',
    code,
    status: httpStatus,
    message: typeof status.message === 'string' ? shown(status.message, refusalLength) : shown(body),
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

/** No answer came: refused, reset, timed out, TLS not trusted. */
export function unreachable(error: unknown): KubeFailure {
  const message = error instanceof Error ? error.message : String(error);
  return { outcome: 'failed', code: 'Unavailable', message: shown(message) };
}

/** The answer is not what the API's protocol says. */
export function malformed(message: string, status?: number): KubeFailure {
  return {
    outcome: 'failed',
    code: 'Unexpected',
    message: shown(message),
    ...(status === undefined ? {} : { status }),
  };
}
