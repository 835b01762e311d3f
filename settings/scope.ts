import { injectKind, lockKind } from './marks.ts';
import { injectLabel, lockAnnotation } from './namespace.ts';
import type { ChartSettings, NamespaceFacts } from './types.ts';

/**
 * Namespaces that are never injected, whatever labels say: what a cluster needs to start must not wait for Remora.
 * The chart may add others, and the namespace that Remora runs in.
 */
export const alwaysExcluded: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease', 'remora-system'];

/** Annotation of the API's copy of a static pod; its kubelet runs the pod whatever admission says. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';

export interface ScopeSources {
  readonly chart: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  readonly namespace: NamespaceFacts;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly podAnnotations: Readonly<Record<string, string>>;
}

export type Scope =
  { readonly inject: true } | { readonly inject: false; readonly code: ScopeCode; readonly message: string };

export type ScopeCode = 'ExcludedNamespace' | 'MirrorPod' | 'OptedOut' | 'NotOptedIn';

/**
 * Whether a pod is to be injected: the pod's label over its namespace's, within the lock of `inject`.
 *
 * A label that cannot be read stays in scope where the namespace is in, so that resolving the settings refuses the
 * pod with the reason; it never opts a pod out by accident. The same holds of an opt-out that is locked.
 */
export function decideScope(sources: ScopeSources): Scope {
  const { namespace, podLabels, podAnnotations } = sources;
  if (isExcluded(namespace.name, sources.excludedNamespaces)) {
    return out('ExcludedNamespace', `pods of namespace ${namespace.name} are never injected`);
  }
  if (podAnnotations[mirrorAnnotation] !== undefined) {
    return out('MirrorPod', 'a static pod is run by its kubelet, whatever the API server stores');
  }
  const ofPod = podLabels[injectLabel];
  const ofNamespace = namespace.labels[injectLabel];
  if (ofPod === 'enabled') return { inject: true };
  if (ofPod === 'disabled' && !(ofNamespace === 'enabled' && isInjectLocked(sources.chart, namespace))) {
    return out('OptedOut', `the pod carries the label ${injectLabel}=disabled`);
  }
  if (ofNamespace === 'enabled') return { inject: true };
  return injectKind.read(ofNamespace ?? '').outcome === 'read'
    ? out('OptedOut', `namespace ${namespace.name} carries the label ${injectLabel}=disabled`)
    : out('NotOptedIn', `namespace ${namespace.name} does not carry the label ${injectLabel}=enabled`);
}

export function isExcluded(namespace: string, excludedNamespaces: readonly string[]): boolean {
  return alwaysExcluded.includes(namespace) || excludedNamespaces.includes(namespace);
}

/** Whether chart or namespace lock `inject`; a lock that cannot be read counts as one, and is refused elsewhere. */
export function isInjectLocked(chart: ChartSettings, namespace: NamespaceFacts): boolean {
  if (chart.lock.has('inject')) return true;
  const text = namespace.annotations[lockAnnotation];
  if (text === undefined) return false;
  const read = lockKind.read(text);
  return read.outcome === 'refused' || read.value.includes('inject');
}

function out(code: ScopeCode, message: string): Scope {
  return { inject: false, code, message };
}
