import type { ListQuery, ObjectAddress, ResourceType } from './types.ts';

function resource(group: string, version: string, plural: string): ResourceType {
  return { group, version, plural };
}

/** The resource types that Remora uses, by their plural names. */
export const resources = {
  configMaps: resource('', 'v1', 'configmaps'),
  namespaces: resource('', 'v1', 'namespaces'),
  nodes: resource('', 'v1', 'nodes'),
  pods: resource('', 'v1', 'pods'),
  secrets: resource('', 'v1', 'secrets'),
  events: resource('events.k8s.io', 'v1', 'events'),
  leases: resource('coordination.k8s.io', 'v1', 'leases'),
  endpointSlices: resource('discovery.k8s.io', 'v1', 'endpointslices'),
  mutatingWebhookConfigurations: resource('admissionregistration.k8s.io', 'v1', 'mutatingwebhookconfigurations'),
  validatingWebhookConfigurations: resource('admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations'),
  validatingAdmissionPolicies: resource('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies'),
  validatingAdmissionPolicyBindings: resource(
    'admissionregistration.k8s.io',
    'v1',
    'validatingadmissionpolicybindings',
  ),
} as const;

/** `v1` or `apps/v1`, as `apiVersion` in an object. */
export function apiVersion(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

function collectionPath(type: ResourceType, namespace: string | undefined): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.plural}`;
}

type Parameters = Readonly<Record<string, string | undefined>>;

function withParameters(path: string, parameters: Parameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

/** Path of one object, or of its subresource. */
export function objectPath(type: ResourceType, address: ObjectAddress, parameters: Parameters = {}): string {
  const subresource = address.subresource === undefined ? '' : `/${address.subresource}`;
  const path = `${collectionPath(type, address.namespace)}/${encodeURIComponent(address.name)}${subresource}`;
  return withParameters(path, parameters);
}

/** Path of a list, a watch or a create. */
export function listPath(type: ResourceType, query: ListQuery, parameters: Parameters = {}): string {
  return withParameters(collectionPath(type, query.namespace), {
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector,
    ...parameters,
  });
}
