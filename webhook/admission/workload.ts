import { isDeepStrictEqual } from 'node:util';
import { catalog } from '../../settings/catalog.ts';
import { findMark, prefix } from '../../settings/marks.ts';
import { examineSettings } from '../../settings/resolve.ts';
import type { Finding } from '../../settings/resolve.ts';
import { decideScope, isExcluded } from '../../settings/scope.ts';
import type { ChartSettings, NamespaceFacts, SettingsConfigMap } from '../../settings/types.ts';
import type { Pod } from '../plan/pod.ts';
import { metadataOf } from './metadata.ts';
import type { RequestMetadata } from './metadata.ts';
import { allowedWithWarnings, isWrite, refusedFor } from './refusal.ts';
import { allowed } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';
import { templateOf, templatePath } from './template.ts';

export interface WorkloadRules {
  readonly chart: ChartSettings;
  readonly excludedNamespaces: readonly string[];
  readonly namespace: NamespaceFacts;
  /** Settings ConfigMaps of the namespace. */
  readonly configMaps: readonly SettingsConfigMap[];
  /** What injection would do to a pod of this template, a line for each thing worth telling. */
  readonly preview: (template: Pod, namespace: NamespaceFacts) => readonly string[];
}

/**
 * Validates the pod template of a workload, and previews what injection will do to its pods.
 *
 * Refuses only a template that this request changes, and only for what its author wrote there; what is wrong in the
 * namespace or in a ConfigMap is a warning. A workload of a controller is left to the check of its owner. Codes:
 * those of `examineSettings`; warning `MisplacedSetting` for keys on the workload's own metadata.
 */
export function validateWorkload(request: AdmissionRequest, rules: WorkloadRules): AdmissionResponse {
  const path = templatePath(request.kind);
  const workload = metadataOf(request.object);
  if (path === undefined || !isWrite(request) || workload.isControlled) return allowed();
  if (isExcluded(rules.namespace.name, rules.excludedNamespaces)) return allowed();
  const template = templateOf(request.object, request.kind, rules.namespace.name);
  if (template === undefined) return allowed();

  const metadata = metadataOf(template);
  const at = `${path.join('.')}.metadata`;
  const isChanged = !isDeepStrictEqual(template, templateOf(request.oldObject, request.kind, rules.namespace.name));
  const misplaced = isChanged ? warnMisplaced(workload, metadata, at) : [];
  const findings = examine(rules, metadata, at);
  const others = findings.filter(({ source }) => source !== 'pod').map(({ problem }) => problem);
  const own = findings.filter(({ source }) => source === 'pod').map(({ problem }) => problem);

  const { chart, excludedNamespaces, namespace } = rules;
  const sources = { chart, excludedNamespaces, namespace, podLabels: metadata.labels };
  const isInScope = decideScope({ ...sources, podAnnotations: metadata.annotations }).inject;
  // Pods that are not injected are admitted whatever they say, and so is what makes them.
  if (!isInScope) return allowedWithWarnings(own, misplaced);
  if (!isChanged || workload.isBeingDeleted) return allowedWithWarnings([...own, ...others], misplaced);
  const preview = findings.length === 0 ? rules.preview(template, namespace) : [];
  return refusedFor(own, others, [...misplaced, ...preview]);
}

function examine(rules: WorkloadRules, metadata: RequestMetadata, at: string): readonly Finding[] {
  const { chart, namespace, configMaps } = rules;
  const { labels: podLabels, annotations: podAnnotations } = metadata;
  return examineSettings({ chart, namespace, configMaps, podLabels, podAnnotations }, at).findings;
}

/** Warns of keys that stand on the workload and not on its template, where alone they would do something. */
function warnMisplaced(workload: RequestMetadata, template: RequestMetadata, at: string): readonly string[] {
  return [
    ...lost(workload.annotations, template.annotations).map((key) => misplaced('annotations', key, at)),
    ...lost(workload.labels, template.labels).map((key) => misplaced('labels', key, at)),
  ];
}

function lost(own: Readonly<Record<string, string>>, template: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(own).filter((key) => key.startsWith(prefix) && template[key] !== own[key]);
}

function misplaced(where: 'annotations' | 'labels', key: string, at: string): string {
  const bare = key.slice(prefix.length);
  const isForPods = catalog.find(bare) !== undefined || (findMark(bare)?.on.includes('pod') ?? false);
  const advice = isForPods ? `it belongs to ${at}.${where}` : 'Remora reads nothing there';
  return `metadata.${where}[${key}] does nothing on a workload; ${advice} [MisplacedSetting]`;
}
