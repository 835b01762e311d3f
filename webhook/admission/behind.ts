import { injectLabel } from '../../settings/namespace.ts';
import type { NamespaceFacts } from '../../settings/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Pod } from '../plan/pod.ts';
import { deniedForNow } from './response.ts';
import type { Denied } from './response.ts';

/** How long a request waits for an informer; the API server gives up on the webhook after 3 s. */
export const informerWaitMs = 200;

/**
 * The namespace of a pod that the API server asked about, waiting shortly while the informer is behind.
 *
 * Being called means labelled: the API server's selector saw the namespace's label, or the pod's own. An informer
 * that has the namespace without its label is behind, and the pod must not pass bare for that.
 */
export async function awaitLabelled(cluster: Cluster, name: string, pod: Pod): Promise<NamespaceFacts | undefined> {
  const isOptedInItself = pod.metadata.labels?.[injectLabel] === 'enabled';
  const isRight = ({ labels }: NamespaceFacts): boolean => isOptedInItself || labels[injectLabel] === 'enabled';
  const namespace = await cluster.awaitNamespace(name, isRight, informerWaitMs);
  if (namespace === undefined || isRight(namespace)) return namespace;
  return { ...namespace, labels: { ...namespace.labels, [injectLabel]: 'enabled' } };
}

/**
 * Waits shortly for the ConfigMaps that a pod's `envFrom` requires: they are often applied together with the workload,
 * and the pod cannot start without them. One that stays away is a skip of the plan, not a refusal.
 */
export async function awaitEnvironment(cluster: Cluster, namespace: string, pod: Pod): Promise<void> {
  const sources = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap(({ envFrom }) => envFrom ?? []);
  const names = sources.flatMap(({ configMapRef }) =>
    configMapRef && configMapRef.optional !== true ? [configMapRef.name] : [],
  );
  await cluster.awaitConfigMaps(namespace, names, informerWaitMs);
}

/** Refuses for now: whoever creates the pod, a controller or kubectl, tries again after a second. */
export function namespaceUnknown(name: string): Denied {
  const message = `Remora has not heard of namespace ${name} yet; the next attempt will find it`;
  return deniedForNow('NamespaceUnknown', message, 1);
}

/** Refuses for now, until control has written the key. */
export function sealKeyMissing(): Denied {
  const message = 'Remora has no key yet for the seal of what it injects; remora-control writes it within seconds';
  return deniedForNow('SealKeyMissing', message, 1);
}
