import { isRecord, ownValue } from '../../../settings/policies/field.ts';
import { textOf } from '../../../settings/policies/object.ts';

type Json = Readonly<Record<string, unknown>>;

/** What stands in place of a value that is not kept. */
export const redacted = '(redacted)';

/** Annotations in which tools keep a copy of the whole object, packed so that nothing can be seen in them. */
const packedCopies: readonly string[] = ['objectset.rio.cattle.io/applied'];

/**
 * An admission request (`request` of an AdmissionReview) as it may be kept, or undefined when nothing of it may.
 *
 * Nothing is kept of a request about a Secret, about tokens (`authentication.k8s.io`), or with a Secret inside of another
 * object: in a List, or as the template of a custom resource. Of the others these are not kept: values of environment
 * variables, of ConfigMaps, copies of the object in annotations, `managedFields`, and `userInfo.extra`, where
 * authenticators put what they like. Written by whoever sent the request.
 */
export function redactRequest(source: Json): Json | undefined {
  const isSensitive = ['resource', 'kind', 'requestResource', 'requestKind'].some((key) => isOfSecrets(source[key]));
  if (isSensitive || holdsSecret(source['object']) || holdsSecret(source['oldObject'])) return undefined;
  const { userInfo, object, oldObject, ...rest } = source;
  return {
    ...rest,
    ...(isRecord(userInfo) ? { userInfo: without(userInfo, 'extra') } : {}),
    object: redact(object),
    oldObject: redact(oldObject),
  };
}

function isOfSecrets(of: unknown): boolean {
  if (!isRecord(of)) return false;
  return (
    textOf(of, 'resource').toLowerCase() === 'secrets' ||
    secretKinds.includes(textOf(of, 'kind')) ||
    textOf(of, 'group') === 'authentication.k8s.io'
  );
}

const secretKinds: readonly string[] = ['Secret', 'SecretList'];

/** A reference to a Secret (`{kind: Secret, name: tls}`) is none; what is of that kind and has content is. */
function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isRecord(value)) return false;
  const isSecret =
    secretKinds.includes(textOf(value, 'kind')) &&
    ['data', 'stringData', 'metadata', 'items'].some((key) => Object.hasOwn(value, key));
  return isSecret || Object.values(value).some(holdsSecret);
}

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (!isRecord(value)) return value ?? null;
  const isConfigMap = textOf(value, 'kind') === 'ConfigMap';
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key === 'managedFields') continue;
    const part = redactPart(key, value[key], isConfigMap);
    // Assigning it would change what the object is.
    if (key === '__proto__') Object.defineProperty(kept, key, { value: part, enumerable: true });
    else kept[key] = part;
  }
  return kept;
}

function redactPart(key: string, part: unknown, isOfConfigMap: boolean): unknown {
  if (isOfConfigMap && (key === 'data' || key === 'binaryData')) return redactValues(part);
  if (typeof part === 'object') {
    if (/env/i.test(key)) return redactEnvironment(part);
    return key === 'annotations' ? withoutCopies(part) : redact(part);
  }
  return part ?? null;
}

/** `env` of a container, and what custom resources name likewise: a list of `{name, value}`, or a map of texts. */
function redactEnvironment(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) =>
      isRecord(item) && Object.hasOwn(item, 'value')
        ? { ...(redact(item) as Json), value: redacted }
        : typeof item === 'string'
          ? redacted
          : redact(item),
    );
  }
  if (!isRecord(value)) return redact(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, typeof part === 'object' ? redactEnvironment(part) : redacted]),
  );
}

/** A map whose keys stay, and whose values do not. */
export function redactValues(value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.keys(value).map((key) => [key, redacted])) : redact(value);
}

/** Annotations without those that hold an object as text, as `kubectl apply` leaves one: it has all that was redacted. */
export function withoutCopies(value: unknown): unknown {
  if (!isRecord(value)) return redact(value);
  const isCopy = (key: string, text: unknown): boolean =>
    packedCopies.includes(key) || (typeof text === 'string' && /^\s*[[{]/.test(text) && text.includes('"kind"'));
  return Object.fromEntries(
    Object.entries(value).filter(([key, text]) => !isCopy(key, text) && !key.endsWith('/last-applied-configuration')),
  );
}

function without(record: Json, key: string): Json {
  return Object.fromEntries(
    Object.keys(record).flatMap((each) => (each === key ? [] : [[each, ownValue(record, each)]])),
  );
}
