import { resolveSettings } from '../../settings/resolve.ts';
import { decideScope, isExcluded, mirrorAnnotation } from '../../settings/scope.ts';
import type { ChartSettings } from '../../settings/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { combine } from '../combine.ts';
import { planFeatures } from '../plan/features.ts';
import type { Pod } from '../plan/pod.ts';
import type { Skip } from '../plan/types.ts';
import type { SealKeys } from '../prove/keys.ts';
import { awaitEnvironment, awaitLabelled, namespaceUnknown, sealKeyMissing } from './behind.ts';
import { decided } from './handler.ts';
import type { Decision } from './handler.ts';
import { readPod } from './pod.ts';
import { allowed, deniedForProblems, patched, warned } from './response.ts';
import type { AdmissionRequest } from './review.ts';
import { subjectOf } from './subject.ts';

export interface MutateDependencies {
  readonly cluster: Cluster;
  readonly settings: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  /** Undefined until control has written them, which `/readyz` says too. */
  readonly sealKeys: () => SealKeys | undefined;
}

/**
 * Injects a pod at CREATE.
 *
 * Codes of refusals: `NamespaceUnknown` (comes back by itself), `MalformedPod`, those of `resolveSettings` and of
 * the plans, `SealKeyMissing`.
 */
export async function mutate(request: AdmissionRequest, dependencies: MutateDependencies): Promise<Decision> {
  const { resource, operation, subResource, namespace: name } = request;
  const isNewPod = resource.group === '' && resource.resource === 'pods' && operation === 'CREATE';
  if (!isNewPod || subResource !== undefined || name === undefined) return decided(allowed());
  // The selector of the webhook configuration leaves these out already; a changed one must not stop the cluster.
  if (isExcluded(name, dependencies.excludedNamespaces)) return decided(allowed());
  const read = readPod(request.object);
  if (read.outcome === 'refused') return decided(deniedForProblems(read.problems));
  // So are mirror pods; they are the API's copy of what a kubelet runs already.
  if (read.value.metadata.annotations?.[mirrorAnnotation] !== undefined) return decided(allowed());
  return mutatePod(read.value, name, dependencies);
}

async function mutatePod(pod: Pod, name: string, dependencies: MutateDependencies): Promise<Decision> {
  const { cluster, settings: chart, excludedNamespaces, sealKeys } = dependencies;
  const podLabels = pod.metadata.labels ?? {};
  const podAnnotations = pod.metadata.annotations ?? {};
  const namespace = await awaitLabelled(cluster, name, pod);
  if (namespace === undefined) return decided(namespaceUnknown(name));
  const scope = decideScope({ chart, excludedNamespaces, namespace, podLabels, podAnnotations });
  if (!scope.inject) {
    const skip: Skip = { feature: 'all', code: scope.code, message: scope.message };
    return { ...decided(allowed({ skipped: scope.code })), skipped: [skip] };
  }
  const configMaps = cluster.settingsConfigMaps(name);
  const resolved = resolveSettings({ chart, namespace, configMaps, podLabels, podAnnotations });
  const subject = subjectOf(pod, name);
  if (resolved.outcome === 'refused') return { ...decided(deniedForProblems(resolved.problems)), subject };

  await awaitEnvironment(cluster, name, pod);
  const facts = cluster.factsOf(namespace);
  const planned = planFeatures(pod, resolved.settings, facts);
  if (planned.outcome === 'refused') return { ...decided(deniedForProblems(planned.problems)), subject };
  const key = sealKeys()?.current;
  if (key === undefined) return decided(sealKeyMissing());
  const { version } = facts.chart;
  const combined = combine(pod, planned.plans, { namespace: name, settings: resolved.settings, version, key });
  if (combined.outcome === 'refused') return { ...decided(deniedForProblems(combined.problems)), subject };
  const { patch, features, skipped } = combined;
  const response = patched(patch, auditOf(features, skipped));
  return { response: warned(response, skipped.map(describeSkip)), skipped, features, subject };
}

/** Audit annotations say the same again when the webhook is called again, since f(f(x)) = f(x). */
function auditOf(features: readonly string[], skipped: readonly Skip[]): Readonly<Record<string, string>> {
  return {
    ...(features.length > 0 ? { injected: features.join(',') } : {}),
    ...(skipped.length > 0 ? { skipped: [...new Set(skipped.map(({ code }) => code))].join(',') } : {}),
  };
}

/** A skip as one line: what was left out, where, why, and its code. */
export function describeSkip({ feature, part, container, message, code }: Skip): string {
  const what = [feature, part].filter((text) => text !== undefined).join('/');
  return `${what}${container === undefined ? '' : ` in container ${container}`} left out: ${message} [${code}]`;
}
