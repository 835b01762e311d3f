import type { Operation } from 'fast-json-patch';
import type { Problem } from '../../runtime/problem.ts';
import { injectLabel } from '../../settings/namespace.ts';
import { resolveSettings } from '../../settings/resolve.ts';
import { decideScope, isExcluded, mirrorAnnotation } from '../../settings/scope.ts';
import type { ChartSettings, NamespaceFacts, Settings } from '../../settings/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Facts } from '../plan/facts.ts';
import type { Pod } from '../plan/pod.ts';
import type { Skip } from '../plan/types.ts';
import { decided } from './handler.ts';
import type { Decision } from './handler.ts';
import { readPod } from './pod.ts';
import { allowed, deniedForNow, deniedForProblems, patched, warned } from './response.ts';
import type { AdmissionRequest } from './review.ts';
import { subjectOf } from './subject.ts';

/** What injection makes of one pod: plans, combined, sealed and diffed. */
export type Injection =
  | {
      readonly outcome: 'injected';
      /** Empty when the pod holds all of it already. */
      readonly patch: readonly Operation[];
      readonly features: readonly string[];
      readonly skipped: readonly Skip[];
    }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** Plans, combines and seals; pure. Undefined while there is no seal key, which `/readyz` says too. */
export type Inject = (pod: Pod, settings: Settings, facts: Facts) => Injection | undefined;

export interface MutateDependencies {
  readonly cluster: Cluster;
  readonly settings: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  readonly inject: Inject;
}

/** How long a request waits for the informers; the API server gives up on the webhook after 3 s. */
export const namespaceWaitMs = 200;

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
  const { cluster, settings: chart, excludedNamespaces, inject } = dependencies;
  const podLabels = pod.metadata.labels ?? {};
  const podAnnotations = pod.metadata.annotations ?? {};
  const scopeIn = (namespace: NamespaceFacts): ReturnType<typeof decideScope> =>
    decideScope({ chart, excludedNamespaces, namespace, podLabels, podAnnotations });

  const isOptedInItself = podLabels[injectLabel] === 'enabled';
  const seen = await cluster.awaitNamespace(
    name,
    ({ labels }) => isOptedInItself || labels[injectLabel] === 'enabled',
    namespaceWaitMs,
  );
  if (seen === undefined) return decided(namespaceUnknown(name));
  const namespace = isOptedInItself ? seen : labelled(seen);

  const scope = scopeIn(namespace);
  if (!scope.inject) {
    const skip: Skip = { feature: 'all', code: scope.code, message: scope.message };
    return { ...decided(allowed({ skipped: scope.code })), skipped: [skip] };
  }
  const configMaps = cluster.settingsConfigMaps(name);
  const resolved = resolveSettings({ chart, namespace, configMaps, podLabels, podAnnotations });
  const subject = subjectOf(pod, name);
  if (resolved.outcome === 'refused') return { ...decided(deniedForProblems(resolved.problems)), subject };

  const injection = inject(pod, resolved.settings, cluster.factsOf(namespace));
  if (injection === undefined) {
    return decided(deniedForNow('SealKeyMissing', 'Remora has no key yet to seal what it injects', 1));
  }
  if (injection.outcome === 'refused') return { ...decided(deniedForProblems(injection.problems)), subject };
  const { patch, features, skipped } = injection;
  const response = patched(patch, auditOf(features, skipped));
  return { response: warned(response, skipped.map(describeSkip)), skipped, features, subject };
}

/**
 * Being called means labelled: the API server's selector saw the label, or the pod's own. An informer that has the
 * namespace without its label is behind, and the pod must not pass bare for that.
 */
function labelled(namespace: NamespaceFacts): NamespaceFacts {
  if (namespace.labels[injectLabel] === 'enabled') return namespace;
  return { ...namespace, labels: { ...namespace.labels, [injectLabel]: 'enabled' } };
}

/** Refuses for now: whoever creates the pod, a controller or kubectl, tries again after a second. */
export function namespaceUnknown(name: string): ReturnType<typeof deniedForNow> {
  const message = `Remora has not heard of namespace ${name} yet; the next attempt will find it`;
  return deniedForNow('NamespaceUnknown', message, 1);
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
