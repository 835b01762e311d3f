import jsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import type { Problem } from '../runtime/problem.ts';
import type { Settings } from '../settings/types.ts';
import { writeInjected } from './combine/annotation.ts';
import { featureCollisions, reservedNames } from './combine/collisions.ts';
import { ensureInContainers } from './combine/containers.ts';
import type { AddedToContainer } from './combine/containers.ts';
import { ensureVolumes, missingInitContainers, wantedInitContainers, wantedVolumes } from './combine/parts.ts';
import { groupInventory, injectedAnnotation, planVersion, sealAnnotation } from './plan/injected.ts';
import type { Injected, Inventory } from './plan/injected.ts';
import type { Container, Pod, PodSpec } from './plan/pod.ts';
import type { Additions, Skip, Skipped } from './plan/types.ts';
import type { SealKey } from './prove/keys.ts';
import { boundTo, digestParts, injectedParts } from './prove/parts.ts';
import type { Part } from './prove/parts.ts';
import { seal } from './prove/seal.ts';

/** What combining needs besides the pod and the plans. */
export interface CombineContext {
  readonly namespace: string;
  readonly settings: Settings;
  /** Version of Remora. */
  readonly version: string;
  readonly key: SealKey;
}

export type Combined =
  | {
      readonly outcome: 'injected';
      /** The pod as it will be; untouched parts are the same objects as before. */
      readonly pod: Pod;
      /** From the pod as it came to the pod as it will be; empty when it holds everything already. */
      readonly patch: readonly Operation[];
      readonly features: readonly string[];
      readonly skipped: readonly Skip[];
    }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/**
 * Merges what the features want into one pod, seals it, and makes one JSON Patch (RFC 6902).
 *
 * Every addition is an "ensure", so combining twice is combining once; the annotations of an earlier pass are never
 * read. Codes of refusals: `FeatureCollision`, `ReservedName`, `InjectionTooLarge`.
 */
export function combine(pod: Pod, plans: readonly (Additions | Skipped)[], context: CombineContext): Combined {
  const additions = plans.filter((plan) => plan.outcome === 'additions');
  const skipped = plans.flatMap((plan) => (plan.outcome === 'additions' ? plan.skipped : plan.skips));
  const volumes = wantedVolumes(additions);
  const initContainers = wantedInitContainers(additions);
  const problems = [...featureCollisions(additions), ...reservedNames(pod, additions)];
  if (problems.length > 0) return { outcome: 'refused', problems };

  const ensured = ensureSpec(pod.spec, additions);
  const adds: Inventory = {
    volumes: volumes.map(({ name }) => name),
    initContainers: initContainers.map(({ name }) => name),
    containers: groupInventory(ensured.added),
  };
  const bare: Pod = ensured.spec === pod.spec ? pod : { ...pod, spec: ensured.spec };
  const parts = injectedParts(bare, adds);
  const written = writeInjected(describe(bare, adds, parts, additions, skipped, context));
  if (written.outcome === 'refused') return written;

  const described = annotated(bare, { [injectedAnnotation]: written.text });
  const sealed = seal(described, context.namespace, written.injected, context.key, parts);
  const next = annotated(described, { [sealAnnotation]: sealed });
  return {
    outcome: 'injected',
    pod: next,
    patch: diff(pod, next, ensured.inserted),
    features: additions.map(({ feature }) => feature),
    skipped,
  };
}

interface EnsuredSpec {
  readonly spec: PodSpec;
  readonly added: readonly AddedToContainer[];
  /** Init containers that were put in front. */
  readonly inserted: readonly Container[];
}

function ensureSpec(spec: PodSpec, additions: readonly Additions[]): EnsuredSpec {
  const oldVolumes = spec.volumes ?? [];
  const oldInit = spec.initContainers ?? [];
  const volumes = ensureVolumes(oldVolumes, wantedVolumes(additions));
  const sidecars = ensureInContainers(oldInit, additions);
  const inserted = missingInitContainers(oldInit, wantedInitContainers(additions));
  const initContainers = inserted.length === 0 ? sidecars.containers : [...inserted, ...sidecars.containers];
  const { containers, added } = ensureInContainers(spec.containers, additions);
  const isSame = volumes === oldVolumes && initContainers === oldInit && containers === spec.containers;
  const next: PodSpec = {
    ...spec,
    ...(volumes === oldVolumes ? {} : { volumes }),
    ...(initContainers === oldInit ? {} : { initContainers }),
    containers,
  };
  return { spec: isSame ? spec : next, added: [...sidecars.added, ...added], inserted };
}

/**
 * One JSON Patch. What is put in front of a list is said so, since an index by index comparison would rewrite every
 * container behind it. Parts that are the same objects are skipped, so the cost is that of what changed.
 */
function diff(pod: Pod, next: Pod, inserted: readonly Container[]): readonly Operation[] {
  const { initContainers } = pod.spec;
  if (!initContainers || initContainers.length === 0 || inserted.length === 0) return jsonPatch.compare(pod, next);
  const insertions = inserted.map((value, index): Operation => ({
    op: 'add',
    path: `/spec/initContainers/${index}`,
    value,
  }));
  const between: Pod = { ...pod, spec: { ...pod.spec, initContainers: [...inserted, ...initContainers] } };
  return [...insertions, ...jsonPatch.compare(between, next)];
}

function describe(
  pod: Pod,
  adds: Inventory,
  parts: readonly Part[],
  additions: readonly Additions[],
  skipped: readonly Skip[],
  { namespace, settings, version }: CombineContext,
): Injected {
  return {
    version,
    plan: planVersion,
    features: Object.fromEntries(additions.map(({ feature, summary }) => [feature, summary])),
    skipped: skipped.map(({ feature, code, container, part }) => ({
      feature,
      code,
      ...(container === undefined ? {} : { container }),
      ...(part === undefined ? {} : { part }),
    })),
    settings: settings.sources,
    adds,
    boundTo: boundTo(pod, namespace),
    digests: digestParts(parts),
  };
}

function annotated(pod: Pod, annotations: Readonly<Record<string, string>>): Pod {
  const { metadata } = pod;
  return { ...pod, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}
