import { escapeReferences } from '../environment.ts';
import { imageVersion } from '../image.ts';
import { ownerOf } from '../owner.ts';
import type { Container, EnvVar, Pod } from '../pod.ts';
import { encodeAttribute } from './attributes.ts';
import type { ResourceAttribute } from './attributes.ts';

/**
 * What telemetry says of a pod's containers.
 *
 * The order of sources is that of the OpenTelemetry semantic conventions, "Populating resource attributes in
 * Kubernetes": annotations `resource.opentelemetry.io/<attribute>`, then well-known labels, then what Kubernetes
 * knows. Annotations and labels are written by the pod's author.
 */
export interface PodResource {
  readonly namespace: string;
  /** `service.name` where annotation, labels or owner say it; a container's name otherwise. */
  readonly serviceName: string | undefined;
  readonly versionLabel: string | undefined;
  /** Attributes that annotations give, encoded, `service.name` left out: it has a variable of its own. */
  readonly annotated: ReadonlyMap<string, string>;
  readonly owners: readonly (readonly [attribute: string, name: string])[];
  /** Annotations beyond the bounds below; they are named in a skip and left out. */
  readonly leftOut: readonly string[];
}

/** A variable that the kubelet fills from the pod itself (downward API), and the attribute that refers to it. */
export interface Helper {
  readonly attribute: string;
  readonly variable: EnvVar;
}

export const helpers: readonly Helper[] = [
  helper('k8s.pod.name', 'REMORA_POD_NAME', 'metadata.name'),
  helper('k8s.pod.uid', 'REMORA_POD_UID', 'metadata.uid'),
  helper('k8s.node.name', 'REMORA_NODE_NAME', 'spec.nodeName'),
];

const prefix = 'resource.opentelemetry.io/';
/** An author's annotations are copied into each container, before the API server has bounded them. */
const maxAnnotated = 32;
const maxValueLength = 256;

export function podResource(pod: Pod, namespace: string): PodResource {
  const labels = pod.metadata.labels ?? {};
  const annotations = pod.metadata.annotations ?? {};
  const owner = ownerOf(pod.metadata);
  const annotated = new Map<string, string>();
  const leftOut: string[] = [];
  const keys = Object.keys(annotations).filter((key) => key.startsWith(prefix));
  for (const key of keys.sort()) {
    const attribute = key.slice(prefix.length);
    const value = annotations[key] ?? '';
    if (attribute === 'service.name' || value === '') continue;
    const fits = /^[A-Za-z0-9._-]{1,63}$/.test(attribute) && value.length <= maxValueLength;
    if (fits && annotated.size < maxAnnotated) annotated.set(attribute, encodeAttribute(value));
    else leftOut.push(key);
  }
  const serviceName =
    bounded(annotations[`${prefix}service.name`]) ??
    bounded(labels['app.kubernetes.io/instance']) ??
    bounded(labels['app.kubernetes.io/name']) ??
    bounded(owner.name);
  const versionLabel = bounded(labels['app.kubernetes.io/version']);
  return { namespace, serviceName, versionLabel, annotated, owners: owner.names, leftOut };
}

/** Value for `OTEL_SERVICE_NAME`, escaped for the kubelet. */
export function serviceNameOf(resource: PodResource, container: Container): string {
  return escapeReferences(resource.serviceName ?? container.name);
}

/**
 * Attributes of one container, in a fixed order. `usable` are the helpers that its environment can refer to;
 * attributes that need another one are left out.
 */
export function resourceAttributes(
  resource: PodResource,
  container: Container,
  usable: readonly Helper[],
): readonly ResourceAttribute[] {
  const { namespace, annotated, owners, versionLabel } = resource;
  const reference = (attribute: string): string | undefined => {
    const found = usable.find((entry) => entry.attribute === attribute);
    return found === undefined ? undefined : `$(${found.variable.name})`;
  };
  const podName = reference('k8s.pod.name');
  const version = versionLabel ?? imageVersion(container.image ?? '');
  const derived: readonly (readonly [string, string | undefined])[] = [
    ['service.namespace', encodeAttribute(namespace)],
    ['service.version', version === undefined ? undefined : encodeAttribute(version)],
    ['service.instance.id', podName && `${encodeAttribute(namespace)}.${podName}.${encodeAttribute(container.name)}`],
    ['k8s.namespace.name', encodeAttribute(namespace)],
    ...helpers.map(({ attribute }) => [attribute, reference(attribute)] as const),
    ['k8s.container.name', encodeAttribute(container.name)],
    ...owners.map(([attribute, name]) => [attribute, encodeAttribute(name)] as const),
  ];
  const known = derived.filter((entry): entry is ResourceAttribute => entry[1] !== undefined);
  const overridden = known.map(([key, value]): ResourceAttribute => [key, annotated.get(key) ?? value]);
  const keys = new Set(overridden.map(([key]) => key));
  return [...overridden, ...[...annotated].filter(([key]) => !keys.has(key))];
}

function bounded(value: string | undefined): string | undefined {
  return value && value.length <= maxValueLength ? value : undefined;
}

function helper(attribute: string, name: string, fieldPath: string): Helper {
  // The API server writes the version; writing it ourselves keeps a second pass from seeing a difference.
  return { attribute, variable: { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } } };
}
