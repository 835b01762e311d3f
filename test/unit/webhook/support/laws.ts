import { Ajv } from 'ajv';
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';
import jsonPatch from 'fast-json-patch';
import { injectedAnnotation, readInjected, sealAnnotation } from '../../../../webhook/plan/injected.ts';
import type { Combined } from '../../../../webhook/combine.ts';
import { lookUp, valueOutside } from '../../../../webhook/plan/environment.ts';
import type { Container, EnvVar, Pod } from '../../../../webhook/plan/pod.ts';
import { listLikeVariables, runtimes } from '../../../../webhook/plan/telemetry/runtimes.ts';
import { proveCreated } from '../../../../webhook/prove/prove.ts';
import { asAdmitted, withForeignSidecar } from './cluster.ts';
import { containerViolations, restrictedViolations } from './podSecurity.ts';
import { keys } from './scenario.ts';
import { without } from './without.ts';
import type { Inject, Scenario } from './scenario.ts';

type Injected = Extract<Combined, { outcome: 'injected' }>;

/** A law of injection: gives what is wrong with one scenario under one implementation, or undefined. */
export type Law = (scenario: Scenario, result: Injected, inject: Inject) => string | undefined;

const schemaPath = new URL('../../../../docs/injected.schema.json', import.meta.url);
const isOfSchema = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(schemaPath, 'utf8')) as object);

export const laws: Readonly<Record<string, Law>> = {
  'a second pass gives an empty patch': (scenario, { pod }, inject) => secondPass(scenario, pod, inject),

  'so does one after the API server, LimitRanger, mirrors and other webhooks': (scenario, { pod }, inject) =>
    secondPass(scenario, withForeignSidecar(asAdmitted(pod)), inject),

  'what the user wrote is neither removed nor reordered': ({ pod }, result) => keepsTheUsers(pod, result.pod),

  'the patch applies and yields what was meant': ({ pod }, result) => {
    const applied = jsonPatch.applyPatch(copy(pod), copy(result.patch), true).newDocument;
    return isDeepStrictEqual(applied, copy(result.pod)) ? undefined : 'another pod came out';
  },

  'injected containers pass restricted Pod Security': (_scenario, { pod }) => {
    const ours = (pod.spec.initContainers ?? []).filter(({ name }) => name.startsWith('remora-'));
    const violations = ours.flatMap((container) => containerViolations(container));
    return violations.length > 0 ? violations.join(', ') : undefined;
  },

  'a pod that passed restricted before passes it after': ({ pod }, result) => {
    if (restrictedViolations(pod).length > 0) return undefined;
    const violations = restrictedViolations(result.pod);
    return violations.length > 0 ? violations.join(', ') : undefined;
  },

  'the injected pod is proved, as it was made and as it was admitted': (_scenario, { pod }) => {
    for (const one of [pod, withForeignSidecar(asAdmitted(pod))]) {
      const proof = proveCreated(one, 'shop', keys);
      if (proof.outcome === 'unproved') return `${proof.code}: ${proof.message}`;
    }
    return undefined;
  },

  'a variable never hides one of envFrom or of the image': ({ pod, facts }, result) => {
    for (const [before, after] of pairs(pod, result.pod)) {
      const had = new Set((before.env ?? []).map(({ name }) => name));
      for (const { name } of after.env ?? []) {
        if (had.has(name) || name.startsWith('REMORA_')) continue;
        const found = lookUp(before, name, facts);
        const isMerged = valueOutside(found) !== undefined && listLikeVariables.includes(name);
        if (found.found !== 'nowhere' && !isMerged) return `${name} of ${before.name}`;
      }
    }
    return undefined;
  },

  'each runtime that is said to be in is switched on once, and its files are there': (_scenario, result) => {
    const text = result.pod.metadata.annotations?.[injectedAnnotation] ?? '{}';
    const { features } = JSON.parse(text) as { features: { telemetry?: { containers: Record<string, string[]> } } };
    for (const [name, used] of Object.entries(features.telemetry?.containers ?? {})) {
      const container = containersOf(result.pod).find((one) => one.name === name);
      for (const { name: runtime, variable, entry, separator } of runtimes) {
        const value = container?.env?.findLast((one) => one.name === variable)?.value ?? '';
        const between = separator === ' ' ? '\\s' : ':';
        const whole = new RegExp(`(?<=^|${between})${RegExp.escape(entry)}(?=$|${between})`, 'g');
        const count = [...value.matchAll(whole)].length;
        if (used.includes(runtime) && count !== 1) return `${runtime} in ${name}: ${count} times in "${value}"`;
      }
      const isMounted = container?.volumeMounts?.some(({ mountPath }) => mountPath === '/remora/telemetry') ?? false;
      if (used.length > 0 && !isMounted) return `no files in ${name}`;
    }
    return undefined;
  },

  'the files are there before anything of the user starts': (_scenario, { pod }) => {
    const names = (pod.spec.initContainers ?? []).map(({ name }) => name);
    const last = names.findLastIndex((name) => name.startsWith('remora-'));
    return names.slice(0, last + 1).every((name) => name.startsWith('remora-')) ? undefined : names.join(', ');
  },

  'what an earlier annotation says changes nothing': (scenario, { pod }, inject) => {
    const rest = without(scenario.pod.metadata.annotations, injectedAnnotation, sealAnnotation);
    const clean: Pod = { ...scenario.pod, metadata: { ...scenario.pod.metadata, annotations: rest } };
    const outcome = inject({ ...scenario, pod: clean });
    return outcome.outcome === 'injected' && isDeepStrictEqual(outcome.pod, pod) ? undefined : 'another pod came out';
  },

  'references to the downward API stand behind what they refer to': (_scenario, { pod }) => {
    for (const { name, env = [] } of containersOf(pod)) {
      const at = env.findLastIndex((variable) => variable.name === 'OTEL_RESOURCE_ATTRIBUTES');
      const references = (env[at]?.value ?? '').matchAll(/(?<!\$)\$\((REMORA_[A-Z_]+)\)/g);
      for (const [, reference] of references) {
        const found = env.slice(0, at).findLast((variable) => variable.name === reference);
        if (found?.valueFrom?.['fieldRef'] === undefined) return `${reference} in ${name}`;
      }
    }
    return undefined;
  },

  'the annotation is of its schema and at most 8 kB': (_scenario, { pod }) => {
    const text = pod.metadata.annotations?.[injectedAnnotation] ?? '';
    if (Buffer.byteLength(text) > 8192) return `${Buffer.byteLength(text)} bytes`;
    if (readInjected(text) === undefined) return 'the prover cannot read it';
    return isOfSchema(JSON.parse(text)) ? undefined : JSON.stringify(isOfSchema.errors);
  },
};

/** As it goes over the wire: generated pods share objects, parsed ones never do. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function secondPass(scenario: Scenario, pod: Pod, inject: Inject): string | undefined {
  const second = inject({ ...scenario, pod });
  if (second.outcome === 'refused') return JSON.stringify(second.problems);
  return second.patch.length === 0 ? undefined : JSON.stringify(second.patch);
}

function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function pairs(before: Pod, after: Pod): readonly (readonly [Container, Container])[] {
  const byName = new Map(containersOf(after).map((container) => [container.name, container]));
  return containersOf(before).map((container) => [container, byName.get(container.name) ?? container]);
}

/** Everything of `before` is in `after`, in its order; only list-like values may have grown. */
function keepsTheUsers(before: Pod, after: Pod): string | undefined {
  const lists = ['containers', 'initContainers', 'volumes'];
  if (!isDeepStrictEqual(without({ ...before.spec }, ...lists), without({ ...after.spec }, ...lists))) return 'spec';
  if (!isDeepStrictEqual(usersMetadata(before), usersMetadata(after))) return 'metadata';
  if (!isSubsequence(before.spec.volumes ?? [], after.spec.volumes ?? [], isDeepStrictEqual)) return 'volumes';
  if (!isSubsequence(before.spec.containers, after.spec.containers, hasSameName)) return 'order of containers';
  if (after.spec.containers.length !== before.spec.containers.length) return 'number of containers';
  if (!isSubsequence(before.spec.initContainers ?? [], after.spec.initContainers ?? [], hasSameName))
    return 'init order';
  for (const [old, now] of pairs(before, after)) {
    const { env: oldEnv = [], volumeMounts: oldMounts = [], ...oldRest } = old;
    const { env = [], volumeMounts = [], ...rest } = now;
    if (!isDeepStrictEqual(oldRest, rest)) return `container ${old.name}`;
    if (!isSubsequence(oldEnv, env, hasGrown)) return `environment of ${old.name}`;
    if (!isSubsequence(oldMounts, volumeMounts, isDeepStrictEqual)) return `mounts of ${old.name}`;
  }
  return undefined;
}

function usersMetadata({ metadata }: Pod): unknown {
  return { ...metadata, annotations: without(metadata.annotations, injectedAnnotation, sealAnnotation) };
}

function hasSameName(left: Container, right: Container): boolean {
  return left.name === right.name;
}

function hasGrown(before: EnvVar, after: EnvVar): boolean {
  if (!listLikeVariables.includes(before.name) || before.valueFrom) return isDeepStrictEqual(before, after);
  return before.name === after.name && (after.value ?? '').includes((before.value ?? '').trim());
}

function isSubsequence<T>(part: readonly T[], whole: readonly T[], isSame: (left: T, right: T) => boolean): boolean {
  let at = 0;
  for (const one of whole) if (at < part.length && isSame(part[at] as T, one)) at += 1;
  return at === part.length;
}
