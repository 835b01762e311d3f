import type { ApiResource } from '../../../kube/discovery.ts';
import { apiVersion } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { isNamespace } from '../../../settings/policies/object.ts';
import type { AdmissionRequest } from '../../admission/review.ts';

/**
 * The request that would create an object that exists, so that policies are asked about it as they are at admission.
 *
 * Nobody sends it: `userInfo` is empty, and policies about users say of it what they say of a user without a name.
 */
export function requestOfObject(listed: KubeObject, type: ApiResource): AdmissionRequest {
  const { managedFields: _, ...metadata } = listed.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  // An item of a list carries neither kind nor apiVersion.
  const object = { ...listed, apiVersion: apiVersion(type), kind: type.kind, metadata };
  const { name = '' } = metadata;
  const namespace = isNamespace(type) ? name : metadata.namespace;
  const { group, version, kind, plural } = type;
  const resource = { group, version, resource: plural };
  return {
    uid: 'audit',
    operation: 'CREATE',
    resource,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    username: '',
    isDryRun: false,
    object,
    oldObject: undefined,
    source: {
      uid: 'audit',
      kind: { group, version, kind },
      resource,
      requestKind: { group, version, kind },
      requestResource: resource,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      operation: 'CREATE',
      userInfo: {},
      object,
      oldObject: null,
      dryRun: false,
      options: null,
    },
  };
}
