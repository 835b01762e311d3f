import { prefix } from '../../settings/marks.ts';
import { injectLabel, readNamespace } from '../../settings/namespace.ts';
import { isExcluded } from '../../settings/scope.ts';
import type { ChartSettings } from '../../settings/types.ts';
import { metadataOf } from './metadata.ts';
import type { RequestMetadata } from './metadata.ts';
import { allowedWithWarnings, isWrite, newProblems, refusedFor } from './refusal.ts';
import { allowed } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';

export interface NamespaceRules {
  readonly chart: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  /** Namespaces of what Remora itself may need to start: Vault, cert-manager, CNI, CSI, … */
  readonly warnNamespaces: readonly string[];
}

/**
 * Validates the labels and annotations under `remora.dev/` of a namespace.
 *
 * Refuses only what this request brings in, never a deletion, never a namespace that is excluded, and never the way
 * out: taking the label off, or setting it to `disabled`. Codes: those of `readNamespace`; warnings
 * `InfrastructureNamespace`, `RestartNeeded`, `ExcludedNamespace`.
 */
export function validateNamespace(request: AdmissionRequest, rules: NamespaceRules): AdmissionResponse {
  if (!isWrite(request)) return allowed();
  const after = metadataOf(request.object);
  const before = request.operation === 'UPDATE' ? metadataOf(request.oldObject) : undefined;
  const name = after.name !== '' ? after.name : (request.name ?? '');
  if (after.isBeingDeleted) return allowed();
  if (isExcluded(name, rules.excludedNamespaces)) return allowedWithWarnings([], warnExcluded(name, after, before));

  const { problems } = readNamespace(rules.chart, { ...after, name });
  const warnings = warnLabelled(name, after, before, rules);
  if (before !== undefined && isWayOut(after, before)) return allowedWithWarnings(problems, warnings);
  const old = before === undefined ? [] : readNamespace(rules.chart, { ...before, name }).problems;
  const brought = newProblems(problems, old);
  const kept = problems.filter((problem) => !brought.includes(problem));
  return refusedFor(brought, kept, warnings);
}

function isWayOut(after: RequestMetadata, before: RequestMetadata): boolean {
  const [is, was] = [after.labels[injectLabel], before.labels[injectLabel]];
  return is !== was && (is === undefined || is === 'disabled');
}

function isLabelled(metadata: RequestMetadata | undefined): boolean {
  return metadata?.labels[injectLabel] === 'enabled';
}

/** Warnings of a request that changes whether the namespace is injected; nothing when it does not. */
function warnLabelled(
  name: string,
  after: RequestMetadata,
  before: RequestMetadata | undefined,
  rules: NamespaceRules,
): readonly string[] {
  if (isLabelled(after) === isLabelled(before)) return [];
  if (!isLabelled(after)) {
    return [`Pods of ${name} keep what was injected until they are restarted: ${restart(name)} [RestartNeeded]`];
  }
  const warnings: string[] = [];
  if (rules.warnNamespaces.includes(name)) {
    warnings.push(
      `Namespace ${name} runs what a cluster needs to start. After the loss of a node its pods would wait for Remora, ` +
        'and Remora may wait for them. Label it only if neither needs the other. [InfrastructureNamespace]',
    );
  }
  // A namespace that is being made has no pods yet.
  if (before !== undefined) {
    warnings.push(`Pods of ${name} that run already change only on restart: ${restart(name)} [RestartNeeded]`);
  }
  return warnings;
}

function restart(name: string): string {
  return `kubectl rollout restart deployment -n ${name}`;
}

/** An excluded namespace may carry anything; its admin is told, once, that it does nothing. */
function warnExcluded(name: string, after: RequestMetadata, before: RequestMetadata | undefined): readonly string[] {
  return isLabelled(after) && !isLabelled(before)
    ? [`Pods of ${name} are never injected; labels and annotations under ${prefix} do nothing here [ExcludedNamespace]`]
    : [];
}
