import { parseReview } from '../../../../../webhook/admission/review.ts';
import type { AdmissionRequest } from '../../../../../webhook/admission/review.ts';

type Json = Readonly<Record<string, unknown>>;

let made = 0;

/** A request as the API server sends it, to make an object: of the core group unless said. */
export function creation(object: Json, more: Json = {}): AdmissionRequest {
  const { name, namespace } = object['metadata'] as { readonly name?: string; readonly namespace?: string };
  const kind = String(object['kind']);
  const request = {
    uid: `u${(made += 1)}`,
    kind: { group: '', version: 'v1', kind },
    resource: { group: '', version: 'v1', resource: `${kind.toLowerCase()}s` },
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    operation: 'CREATE',
    userInfo: { username: 'ann', groups: ['devs'] },
    object,
    oldObject: null,
    dryRun: false,
    options: null,
    ...more,
  };
  const parsed = parseReview({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  if (parsed.outcome !== 'request') throw new Error(parsed.message);
  return parsed.request;
}

/** A Pod of namespace `shop`, with this in its spec. */
export function pod(name: string, spec: Json = {}, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', ...metadata }, spec };
}
