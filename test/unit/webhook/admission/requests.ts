import type { AdmissionRequest } from '../../../../webhook/admission/review.ts';

/** An admission request for one object; UPDATE when an old one is given. */
export function requestFor(kind: string, object: unknown, oldObject?: unknown): AdmissionRequest {
  return {
    uid: 'c5a7f2de',
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    resource: { group: '', version: 'v1', resource: `${kind.toLowerCase()}s` },
    kind,
    namespace: 'shop',
    name: 'shop',
    username: 'someone',
    isDryRun: false,
    object,
    oldObject,
    source: { object, oldObject },
  };
}
