import type { Subject } from '../../admission/handler.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { objectsOf } from './review.ts';

/**
 * Whom events about a refused object are addressed to: its controller, else the object itself where it exists already,
 * else its namespace. Undefined for what has no namespace, where nobody would look.
 */
export function ownerOf(request: AdmissionRequest): Subject | undefined {
  const { namespace } = request;
  if (namespace === undefined) return undefined;
  const [object] = objectsOf(request);
  const metadata = fieldsOf(object?.['metadata']);
  const owners: readonly unknown[] = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'] : [];
  const owner = owners.map(fieldsOf).find(({ controller }) => controller === true);
  if (owner !== undefined) return subject(owner, namespace);
  if (request.operation !== 'CREATE' && object !== undefined) return subject({ ...object, ...metadata }, namespace);
  return { apiVersion: 'v1', kind: 'Namespace', namespace, name: namespace };
}

function subject(of: Readonly<Record<string, unknown>>, namespace: string): Subject {
  const text = (key: string): string => (typeof of[key] === 'string' ? of[key] : '');
  const uid = text('uid');
  return {
    apiVersion: text('apiVersion'),
    kind: text('kind'),
    namespace,
    name: text('name'),
    ...(uid === '' ? {} : { uid }),
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
