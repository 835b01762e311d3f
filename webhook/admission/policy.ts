import type { NamespaceFacts } from '../../settings/types.ts';
import { injectLabel } from '../../settings/namespace.ts';
import { policyLabel } from '../../settings/policies/configmap.ts';
import type { PolicyConfigMap } from '../../settings/policies/types.ts';
import type { Check } from '../policy/load/check.ts';
import { fieldsOf, metadataOf, textsOf } from './metadata.ts';
import { isWrite, refusedFor } from './refusal.ts';
import { allowed } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';

export interface PolicyRules {
  readonly check: Check;
  /** Remora's own namespace, whose policies are for all. */
  readonly ownNamespace: string;
  /** The namespace of the ConfigMap, as far as it is known: asked late, for one `kubectl apply` may bring both. */
  readonly namespace: () => NamespaceFacts | undefined;
}

/** The API server gives up on the webhook after 10 s; a compiler that is still at it then works for nobody. */
const answerMs = 9_000;

/**
 * Validates a policy ConfigMap: it is read, compiled and tested, and refused with every problem, Rego's with file, line
 * and column. A dry run does the same. Codes: those of `Check`; warning `PolicyAsleep`.
 */
export async function validatePolicyConfigMap(
  request: AdmissionRequest,
  rules: PolicyRules,
): Promise<AdmissionResponse> {
  if (!isWrite(request) || metadataOf(request.object).isBeingDeleted) return allowed();
  const configMap = configMapOf(request);
  if (configMap.labels[policyLabel] === undefined || configMap.labels[policyLabel] === 'false') return allowed();
  const { problems, warnings } = await rules.check(configMap, AbortSignal.timeout(answerMs));
  return refusedFor(problems, [], [...warnings, ...asleep(configMap, rules)]);
}

/** A policy in a namespace that is not labelled is asked about nothing; of one that is not heard of yet nothing is said. */
function asleep({ namespace }: PolicyConfigMap, rules: PolicyRules): readonly string[] {
  const known = rules.namespace();
  const isLabelled = known === undefined || known.labels[injectLabel] === 'enabled';
  if (namespace === rules.ownNamespace || isLabelled) return [];
  return [
    `Namespace ${namespace} is not labelled ${injectLabel}=enabled, so this policy does nothing until it is. ` +
      `Policies for every labelled namespace belong to ${rules.ownNamespace}. [PolicyAsleep]`,
  ];
}

function configMapOf({ namespace = '', object }: AdmissionRequest): PolicyConfigMap {
  const { name, labels, annotations } = metadataOf(object);
  const fields = fieldsOf(object);
  return {
    ...{ namespace, name, labels, annotations },
    data: textsOf(fields['data']),
    binaryKeys: Object.keys(fieldsOf(fields['binaryData'])),
  };
}
