import type { AdmissionRequest } from '../../admission/review.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The request as policies see it. At DELETE `object` is the object that goes, as Gatekeeper has it, so that a rule can be
 * written once for all operations.
 */
export function reviewOf({ source, operation }: AdmissionRequest): Fields {
  const isGone = operation === 'DELETE' && (source['object'] === null || source['object'] === undefined);
  return isGone ? { ...source, object: source['oldObject'] } : source;
}
