import type { Container, EnvVar, Volume, VolumeMount } from './pod.ts';

/**
 * Canonical forms of the parts that Remora injects: two parts are the same when their canonical texts are.
 *
 * Left out is what other admission plugins change for good reasons: API defaults, resources (LimitRanger), pull
 * policies (AlwaysPullImages), registry hosts (mirrors), the ServiceAccount's token mount. docs/security.md names
 * what that allows.
 */

const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Fields of a container that may differ without making it another one. */
const leftOutOfContainers: ReadonlySet<string> = new Set(['resources', 'resizePolicy', 'imagePullPolicy']);

/** Defaults that the API server writes into every container (core/v1 SetDefaults_Container). */
const containerDefaults: Readonly<Record<string, unknown>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

/**
 * JSON with sorted keys, so that equal values have equal texts whatever wrote them. Absent and null are the same.
 *
 * Plain loops: it runs some fifty times for each pod, and was a sixth of a review's CPU time when it was written with
 * entries and maps.
 */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  let text = '';
  if (Array.isArray(value)) {
    if (!value.some(isStructured)) return JSON.stringify(value);
    for (const item of value) text += text === '' ? canonicalText(item) : `,${canonicalText(item)}`;
    return `[${text}]`;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field === undefined || field === null) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(field)}`;
  }
  return `{${text}}`;
}

/** Whether keys may stand in it, whose order has to be made the same. */
function isStructured(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** A container as a whole, with everything that anyone added to it but the tolerated fields. */
export function canonicalContainer(container: Container): string {
  const kept = Object.entries(container).filter(
    ([key, value]) => !leftOutOfContainers.has(key) && containerDefaults[key] !== value,
  );
  const mounts = (container.volumeMounts ?? []).filter(({ mountPath }) => mountPath !== tokenMountPath);
  const env = container.env ?? [];
  return canonicalText({
    ...Object.fromEntries(kept),
    ...(typeof container.image === 'string' ? { image: imagePath(container.image) } : {}),
    env: env.length === 0 ? undefined : env.map(canonicalVariable),
    volumeMounts: mounts.length === 0 ? undefined : mounts.map(canonicalMount),
  });
}

export function canonicalVolume(volume: Volume): string {
  const image = volume['image'];
  if (!isFields(image)) return canonicalText(volume);
  const reference = image['reference'];
  return canonicalText({
    ...volume,
    image: {
      ...image,
      pullPolicy: undefined,
      reference: typeof reference === 'string' ? imagePath(reference) : reference,
    },
  });
}

export function canonicalMount(mount: VolumeMount): string {
  const fields: Record<string, unknown> = { ...mount };
  if (fields['readOnly'] === false) delete fields['readOnly'];
  if (fields['recursiveReadOnly'] === 'Disabled') delete fields['recursiveReadOnly'];
  return canonicalText(fields);
}

/** An absent value is the empty text, and a field reference without a version means v1, as the API server has it. */
export function canonicalVariable({ name, value, valueFrom }: EnvVar): string {
  if (!isFields(valueFrom)) return canonicalText({ name, value: value ?? '' });
  const fieldRef = valueFrom['fieldRef'];
  return canonicalText({
    name,
    valueFrom: isFields(fieldRef) ? { ...valueFrom, fieldRef: { apiVersion: 'v1', ...fieldRef } } : valueFrom,
  });
}

/**
 * An image reference without its registry's host: `docker.io/remora/x:1` and `mirror.local:5000/remora/x:1` are the
 * same. The first component is a host when it has a dot or a colon or is `localhost` (distribution/reference).
 */
export function imagePath(reference: string): string {
  const slash = reference.indexOf('/');
  if (slash < 0) return reference;
  const first = reference.slice(0, slash);
  return /[.:]/.test(first) || first === 'localhost' ? reference.slice(slash + 1) : reference;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
