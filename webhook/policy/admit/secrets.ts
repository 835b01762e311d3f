import type { AdmissionRequest } from '../../admission/review.ts';
import { fieldsOf } from '../../admission/metadata.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What stands in place of a value. */
const hidden = '(redacted)';
/** In which kubectl keeps the whole object once more. */
const copyAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * A request as policies may see it: of a Secret they see all but its values. Who may write a policy need not be one who
 * may read Secrets, and a message goes into warnings, events and the API server's log.
 */
export function withoutSecretValues(request: AdmissionRequest): AdmissionRequest {
  const { group, resource } = request.resource;
  if (group !== '' || resource !== 'secrets') return request;
  const [object, oldObject] = [hide(request.object), hide(request.oldObject)];
  return { ...request, object, oldObject, source: { ...request.source, object, oldObject } };
}

function hide(secret: unknown): unknown {
  if (typeof secret !== 'object' || secret === null) return secret;
  const fields = fieldsOf(secret);
  const metadata = fieldsOf(fields['metadata']);
  const { [copyAnnotation]: _, ...annotations } = fieldsOf(metadata['annotations']);
  return {
    ...fields,
    metadata: { ...metadata, ...(metadata['annotations'] === undefined ? {} : { annotations }) },
    ...hiddenValues(fields, 'data'),
    ...hiddenValues(fields, 'stringData'),
  };
}

function hiddenValues(fields: Fields, key: 'data' | 'stringData'): Fields {
  if (fields[key] === undefined) return {};
  return { [key]: Object.fromEntries(Object.keys(fieldsOf(fields[key])).map((name) => [name, hidden])) };
}
