import type { Operation } from 'fast-json-patch';
import { describeFault, describeProblem, shownField } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { reviewApiVersion, reviewKind } from './review.ts';

/** What a handler answers; `encodeReview` writes it down. Made by the constructors below only. */
export type AdmissionResponse = Allowed | Denied;

export interface Allowed {
  readonly outcome: 'allowed';
  /** JSON Patch (RFC 6902); empty when nothing changes. */
  readonly patch: readonly Operation[];
  readonly warnings: readonly string[];
  /** Written into the API server's audit log, under the webhook's name. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

export interface Denied {
  readonly outcome: 'denied';
  /** Stable reason code, one heading in docs/errors.md. */
  readonly code: string;
  /** HTTP status that the API server answers with. */
  readonly status: number;
  /** What, why, and what to do. */
  readonly message: string;
  /** Every problem of a refused value, for clients that read `status.details.causes`. */
  readonly problems: readonly Problem[];
  /** Seconds after which the same request may go through; client-go and kubectl then try again by themselves. */
  readonly retryAfterSeconds?: number;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

type AuditAnnotations = Readonly<Record<string, string>>;

/** Lets the object in as it is. */
export function allowed(auditAnnotations: AuditAnnotations = {}): Allowed {
  return { outcome: 'allowed', patch: [], warnings: [], auditAnnotations };
}

/** Lets the object in with changes. */
export function patched(patch: readonly Operation[], auditAnnotations: AuditAnnotations = {}): Allowed {
  return { outcome: 'allowed', patch, warnings: [], auditAnnotations };
}

/** Refuses by rule: 403, as the API server's own admission plugins answer. */
export function denied(code: string, message: string): Denied {
  return refusal(code, 403, message, []);
}

/** Problems that one answer names; a screen of them helps nobody, and a hostile object has thousands. */
const maxProblems = 50;

/** Refuses for mistakes in what a person wrote: 422 with all of them, one a line. */
export function deniedForProblems(problems: readonly Problem[]): Denied {
  const named = problems.slice(0, maxProblems);
  const rest = problems.length - named.length;
  const lines = [...named.map(describeProblem), ...(rest > 0 ? [`and ${rest} more`] : [])];
  const message = lines.length === 1 ? lines.join('') : [`${problems.length} problems:`, ...lines].join('\n- ');
  return refusal(problems[0]?.code ?? 'InvalidSettings', 422, message, named);
}

/** Refuses for now: 503 with Retry-After. Controllers create the pod again, kubectl sends the request again. */
export function deniedForNow(code: string, message: string, retryAfterSeconds: number): Denied {
  return { ...refusal(code, 503, message, []), retryAfterSeconds };
}

/** Answers a request that this server could not read (400) or that met a bug (500). */
export function errored(code: string, status: 400 | 500, message: string): Denied {
  return refusal(code, status, message, []);
}

/** Adds warnings, which kubectl prints, to any answer. */
export function warned<R extends AdmissionResponse>(response: R, warnings: readonly string[]): R {
  return { ...response, warnings: [...response.warnings, ...warnings] };
}

function refusal(code: string, status: number, message: string, problems: readonly Problem[]): Denied {
  return { outcome: 'denied', code, status, message, problems, warnings: [], auditAnnotations: { code } };
}

/** Reasons of metav1.Status by HTTP status; clients such as `apierrors.IsForbidden` read them. */
const statusReasons: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [403, 'Forbidden'],
  [422, 'Invalid'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
]);

/** Writes the AdmissionReview that carries an answer, as JSON text. */
export function encodeReview(uid: string, response: AdmissionResponse): string {
  const warnings = fitWarnings(response.warnings);
  return JSON.stringify({
    apiVersion: reviewApiVersion,
    kind: reviewKind,
    response: {
      uid,
      allowed: response.outcome === 'allowed',
      ...(response.outcome === 'denied' ? { status: statusOf(response) } : {}),
      ...(response.outcome === 'allowed' && response.patch.length > 0
        ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(response.patch)).toString('base64') }
        : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(Object.keys(response.auditAnnotations).length > 0
        ? { auditAnnotations: fitAuditAnnotations(response.auditAnnotations) }
        : {}),
    },
  });
}

function statusOf(response: Denied): unknown {
  const causes = response.problems.map((problem) => ({
    reason: problem.code,
    // kubectl writes the field before the message.
    message: describeFault(problem),
    field: shownField(problem.field),
  }));
  const isNamed = response.message.includes(`[${response.code}]`);
  return {
    status: 'Failure',
    code: response.status,
    reason: statusReasons.get(response.status) ?? 'Forbidden',
    message: isNamed ? response.message : `${response.message} [${response.code}]`,
    ...(causes.length > 0 || response.retryAfterSeconds !== undefined
      ? {
          details: {
            ...(causes.length > 0 ? { causes } : {}),
            ...(response.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: response.retryAfterSeconds }),
          },
        }
      : {}),
  };
}

/** Runes of all warnings of one response; beyond it the API server cuts each to 256. */
const warningRunes = 4096;

/**
 * Makes warnings that survive the API server: no control characters (they drop the warning as a whole), no
 * duplicates, at most 4096 runes in all; the last one then says how many were left out.
 */
export function fitWarnings(warnings: readonly string[]): readonly string[] {
  const cleaned = [
    ...new Set(
      warnings.map((text) =>
        text
          .toWellFormed()
          .replace(/\p{Cc}+/gu, ' ')
          .trim(),
      ),
    ),
  ].filter((text) => text !== '');
  const kept: string[] = [];
  // Room for the closing line, so that adding it never breaks the limit.
  let left = warningRunes - 64;
  for (const text of cleaned) {
    const runes = Array.from(text);
    if (runes.length > left) {
      // One warning that is too long on its own is cut rather than lost.
      if (kept.length === 0) kept.push(`${runes.slice(0, left - 1).join('')}…`);
      break;
    }
    kept.push(text);
    left -= runes.length;
  }
  const leftOut = cleaned.length - kept.length;
  return leftOut === 0 ? kept : [...kept, `Remora left out ${leftOut} more warnings`];
}

/** The API server puts `<webhook>/` in front of each key and drops a key that has a slash of its own. */
function fitAuditAnnotations(annotations: AuditAnnotations): AuditAnnotations {
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key.replaceAll('/', '.'), value]));
}
