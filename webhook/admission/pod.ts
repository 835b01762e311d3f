import { shown } from '../../runtime/problem.ts';
import type { Parsed, Problem } from '../../runtime/problem.ts';
import type { Pod } from '../plan/pod.ts';

type Check = (value: unknown, field: string, problems: Problem[]) => void;

/**
 * Reads a pod from an admission request.
 *
 * The API server decoded it into its own types before, but validates it only after mutation: lists may be absent,
 * names empty or given twice. What is checked here is that each field which Remora reads has the type that `Pod`
 * promises. Nothing is copied or defaulted, so that a diff against the request stays exact. Code: `MalformedPod`.
 */
export function readPod(object: unknown): Parsed<Pod> {
  const problems: Problem[] = [];
  podShape(object, 'object', problems);
  return problems.length > 0 ? { outcome: 'refused', problems } : { outcome: 'parsed', value: object as Pod };
}

function expect(isRight: (value: unknown) => boolean, allowed: string): Check {
  return (value, field, problems) => {
    if (!isRight(value)) problems.push({ code: 'MalformedPod', field, value: shown(value), allowed });
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = expect((value) => typeof value === 'string', 'a text');
const boolean = expect((value) => typeof value === 'boolean', 'true or false');
const anyObject = expect(isObject, 'an object');

function optional(check: Check): Check {
  return (value, field, problems) => {
    if (value !== undefined && value !== null) check(value, field, problems);
  };
}

function list(item: Check): Check {
  return (value, field, problems) => {
    if (Array.isArray(value)) value.forEach((entry, index) => item(entry, `${field}[${index}]`, problems));
    else problems.push({ code: 'MalformedPod', field, value: shown(value), allowed: 'a list' });
  };
}

const texts: Check = (value, field, problems) => {
  if (!isObject(value)) {
    anyObject(value, field, problems);
    return;
  }
  for (const key of Object.keys(value)) text(value[key], `${field}[${key}]`, problems);
};

function object(fields: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(fields);
  return (value, field, problems) => {
    if (!isObject(value)) {
      anyObject(value, field, problems);
      return;
    }
    for (const [key, check] of entries) check(value[key], `${field}.${key}`, problems);
  };
}

const reference = optional(object({ name: optional(text) }));

const container = object({
  name: text,
  image: optional(text),
  command: optional(list(text)),
  args: optional(list(text)),
  env: optional(list(object({ name: text, value: optional(text), valueFrom: optional(anyObject) }))),
  envFrom: optional(list(object({ prefix: optional(text), configMapRef: reference, secretRef: reference }))),
  volumeMounts: optional(list(object({ name: text, mountPath: text, subPath: optional(text) }))),
  restartPolicy: optional(text),
  securityContext: optional(anyObject),
});

const ownerReference = object({ apiVersion: text, kind: text, name: text, uid: text, controller: optional(boolean) });

const podShape = object({
  metadata: object({
    name: optional(text),
    generateName: optional(text),
    namespace: optional(text),
    labels: optional(texts),
    annotations: optional(texts),
    ownerReferences: optional(list(ownerReference)),
    deletionTimestamp: optional(text),
  }),
  spec: object({
    containers: list(container),
    initContainers: optional(list(container)),
    ephemeralContainers: optional(list(container)),
    volumes: optional(list(object({ name: text }))),
    serviceAccountName: optional(text),
    hostNetwork: optional(boolean),
    os: optional(object({ name: text })),
    securityContext: optional(anyObject),
  }),
});
