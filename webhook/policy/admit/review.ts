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

/** The objects that a policy may match: the new one, the old one, or both. */
export function objectsOf({ object, oldObject }: AdmissionRequest): readonly Fields[] {
  return [object, oldObject].filter(
    (each): each is Fields => typeof each === 'object' && each !== null && !Array.isArray(each),
  );
}
