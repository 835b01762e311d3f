import { policyLabel } from '../../settings/policies/configmap.ts';
import { injectLabel } from '../../settings/namespace.ts';
import { resolveSettings } from '../../settings/resolve.ts';
import { decideScope, isExcluded, mirrorAnnotation } from '../../settings/scope.ts';
import type { ChartSettings, NamespaceFacts } from '../../settings/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Check } from '../policy/load/check.ts';
import type { Pod } from '../plan/pod.ts';
import type { SealKeys } from '../prove/keys.ts';
import type { Proof } from '../prove/proof.ts';
import { proveCreated } from '../prove/prove.ts';
import { proveUpdated } from '../prove/update.ts';
import { awaitEnvironment, awaitLabelled, informerWaitMs, namespaceUnknown, sealKeyMissing } from './behind.ts';
import { settingsLabel, validateSettingsConfigMap } from './configmap.ts';
import { decided, leftOut } from './handler.ts';
import type { Decision } from './handler.ts';
import { metadataOf } from './metadata.ts';
import { validateNamespace } from './namespace.ts';
import { validatePolicyConfigMap } from './policy.ts';
import { readPod } from './pod.ts';
import { allowed, denied, deniedForProblems, warned } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';
import { subjectOf } from './subject.ts';
import { templateOf } from './template.ts';
import { validateWorkload } from './workload.ts';

export interface ValidateDependencies {
  readonly cluster: Cluster;
  readonly settings: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  readonly warnNamespaces: readonly string[];
  /** Undefined until control has written them, which `/readyz` says too. */
  readonly sealKeys: () => SealKeys | undefined;
  /** What injection would do to a pod of this template, a line for each thing worth telling. */
  readonly preview: (template: Pod, namespace: NamespaceFacts) => readonly string[];
  /** Remora's own namespace. */
  readonly ownNamespace: string;
  /** What a policy ConfigMap has wrong. */
  readonly checkPolicy: Check;
}

type Validator = (request: AdmissionRequest, dependencies: ValidateDependencies) => Decision | Promise<Decision>;

/** Validators by `group/resource`; what is not here is let in, since only a newer chart can ask for it. */
const validators: ReadonlyMap<string, Validator> = new Map<string, Validator>([
  ['/pods', validatePod],
  ['/namespaces', validateNamespaceRequest],
  ['/configmaps', validateConfigMapRequest],
  ['apps/deployments', validateWorkloadRequest],
  ['apps/statefulsets', validateWorkloadRequest],
  ['apps/daemonsets', validateWorkloadRequest],
  ['batch/jobs', validateWorkloadRequest],
  ['batch/cronjobs', validateWorkloadRequest],
]);

/**
 * Validates what is about to be stored. Never refuses a deletion, nor anything that is being deleted.
 *
 * Codes: those of the validators; `NamespaceUnknown` and `SealKeyMissing` come back by themselves.
 */
export function validate(request: AdmissionRequest, dependencies: ValidateDependencies): Decision | Promise<Decision> {
  const { group, resource } = request.resource;
  const isGoing = request.operation === 'DELETE' || metadataOf(request.object).isBeingDeleted;
  const validator = validators.get(`${group}/${resource}`);
  return isGoing || validator === undefined ? decided(allowed()) : validator(request, dependencies);
}

/** Pods at CREATE and UPDATE, and `pods/ephemeralcontainers`: the pod that arrives is the pod we meant. */
async function validatePod(request: AdmissionRequest, dependencies: ValidateDependencies): Promise<Decision> {
  const { excludedNamespaces } = dependencies;
  const name = request.namespace ?? '';
  if (isExcluded(name, excludedNamespaces)) return decided(allowed());
  const read = readPod(request.object);
  if (read.outcome === 'refused') return decided(deniedForProblems(read.problems));
  const pod = read.value;
  if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return decided(allowed());
  if (request.operation === 'CREATE' && request.subResource === undefined) {
    return validateNewPod(pod, name, dependencies);
  }
  const old = readPod(request.oldObject);
  if (old.outcome === 'refused') return decided(deniedForProblems(old.problems));
  return decideProof(proveUpdated(old.value, pod), pod, name);
}

async function validateNewPod(pod: Pod, name: string, dependencies: ValidateDependencies): Promise<Decision> {
  const { cluster, settings: chart, excludedNamespaces, sealKeys } = dependencies;
  const namespace = await awaitLabelled(cluster, name, pod);
  if (namespace === undefined) return decided(namespaceUnknown(name));
  const { labels: podLabels = {}, annotations: podAnnotations = {} } = pod.metadata;
  const scope = decideScope({ chart, excludedNamespaces, namespace, podLabels, podAnnotations });
  // No event says so, since whoever opted out knows.
  if (!scope.inject) return leftOut(scope);
  if (podLabels[injectLabel] === 'disabled') {
    // The mutating webhook is never asked about a pod that opts out, so it is here that a lock is named.
    const configMaps = cluster.settingsConfigMaps(name);
    const resolved = resolveSettings({ chart, namespace, configMaps, podLabels, podAnnotations });
    if (resolved.outcome === 'refused') {
      return { ...decided(deniedForProblems(resolved.problems)), subject: subjectOf(pod, name) };
    }
  }
  const keys = sealKeys();
  return keys === undefined ? decided(sealKeyMissing()) : decideProof(proveCreated(pod, name, keys), pod, name);
}

function decideProof(proof: Proof, pod: Pod, namespace: string): Decision {
  if (proof.outcome === 'proved') return decided(allowed());
  return { ...decided(denied(proof.code, proof.message)), subject: subjectOf(pod, namespace) };
}

function validateNamespaceRequest(request: AdmissionRequest, dependencies: ValidateDependencies): Decision {
  const { settings: chart, excludedNamespaces, warnNamespaces } = dependencies;
  return decided(validateNamespace(request, { chart, excludedNamespaces, warnNamespaces }));
}

async function validateWorkloadRequest(
  request: AdmissionRequest,
  dependencies: ValidateDependencies,
): Promise<Decision> {
  const { cluster, settings: chart, excludedNamespaces, preview } = dependencies;
  const name = request.namespace ?? '';
  const namespace = await cluster.awaitNamespace(name, () => true, informerWaitMs);
  // Its pods will be looked at again when they are created; a preview is not worth a refusal.
  if (namespace === undefined) return decided(allowed());
  const template = templateOf(request.object, request.kind, name);
  if (template !== undefined) await awaitEnvironment(cluster, name, template);
  const configMaps = cluster.settingsConfigMaps(name);
  const rules = { chart, excludedNamespaces, namespace, configMaps, preview };
  return withSubject(request, validateWorkload(request, rules));
}

/** A ConfigMap is validated as what its label says it is: settings, a policy, or both. */
async function validateConfigMapRequest(
  request: AdmissionRequest,
  dependencies: ValidateDependencies,
): Promise<Decision> {
  const { settings: chart, cluster, checkPolicy: check, ownNamespace } = dependencies;
  const { labels } = metadataOf(request.object);
  const namespace = (): NamespaceFacts | undefined => cluster.namespace(request.namespace ?? '');
  const asSettings =
    settingsLabel in labels ? validateSettingsConfigMap(request, { chart, namespace: namespace() }) : allowed();
  if (asSettings.outcome === 'denied' || !(policyLabel in labels)) return decided(asSettings);
  const asPolicy = await validatePolicyConfigMap(request, { check, ownNamespace, namespace });
  return decided(warned(asPolicy, asSettings.warnings));
}

/** A refused change of an object that exists is told on the object, for whoever did not see the answer. */
function withSubject(request: AdmissionRequest, response: AdmissionResponse): Decision {
  const { uid } = storedMetadata(request.oldObject);
  const { kind, namespace = '', name = '', resource } = request;
  if (response.outcome === 'allowed' || uid === undefined) return decided(response);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { ...decided(response), subject: { apiVersion, kind, namespace, name, uid } };
}

function storedMetadata(object: unknown): { readonly uid?: string } {
  const metadata = typeof object === 'object' && object !== null && 'metadata' in object ? object.metadata : undefined;
  const uid = typeof metadata === 'object' && metadata !== null && 'uid' in metadata ? metadata.uid : undefined;
  return typeof uid === 'string' ? { uid } : {};
}
