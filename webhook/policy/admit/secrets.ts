import { isRecord } from '../../../settings/policies/field.ts';
import type { AdmissionRequest } from '../../admission/review.ts';
import { redactValues, withoutCopies } from '../replay/redact.ts';

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
  if (!isRecord(secret)) return secret;
  const { data, stringData, metadata, ...others } = secret;
  return {
    ...others,
    ...(metadata === undefined ? {} : { metadata: withoutCopiesIn(metadata) }),
    ...(data === undefined ? {} : { data: redactValues(data) }),
    ...(stringData === undefined ? {} : { stringData: redactValues(stringData) }),
  };
}

function withoutCopiesIn(metadata: unknown): unknown {
  if (!isRecord(metadata) || metadata['annotations'] === undefined) return metadata;
  return { ...metadata, annotations: withoutCopies(metadata['annotations']) };
}
