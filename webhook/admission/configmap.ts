import { checkFloors } from '../../settings/lock.ts';
import { readSettingsConfigMap } from '../../settings/document.ts';
import { prefix } from '../../settings/marks.ts';
import { readNamespace } from '../../settings/namespace.ts';
import type { ChartSettings, NamespaceFacts } from '../../settings/types.ts';
import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { fieldsOf, metadataOf, textsOf } from './metadata.ts';
import { isWrite, newProblems, refusedFor } from './refusal.ts';
import { allowed } from './response.ts';
import type { AdmissionResponse } from './response.ts';
import type { AdmissionRequest } from './review.ts';

export interface ConfigMapRules {
  readonly chart: ChartSettings;
  /** The namespace of the ConfigMap; undefined when the informers do not hold it, since it is not labelled. */
  readonly namespace: NamespaceFacts | undefined;
}

export const settingsLabel = `${prefix}settings`;

/**
 * Validates a settings ConfigMap, in any namespace, with line and column of each problem.
 *
 * Refuses only what this request brings in, and never a deletion. Codes: those of `parseSettingsConfigMap`,
 * `SettingLocked`, and `InvalidSetting` for a label that is neither `true` nor `false`.
 */
export function validateSettingsConfigMap(request: AdmissionRequest, rules: ConfigMapRules): AdmissionResponse {
  if (!isWrite(request) || metadataOf(request.object).isBeingDeleted) return allowed();
  const problems = problemsOf(request.object, rules);
  const before = request.operation === 'UPDATE' ? problemsOf(request.oldObject, rules) : [];
  const brought = newProblems(problems, before);
  return refusedFor(
    brought,
    problems.filter((problem) => !brought.includes(problem)),
    [],
  );
}

function problemsOf(object: unknown, rules: ConfigMapRules): readonly Problem[] {
  const { name, labels } = metadataOf(object);
  const label = labels[settingsLabel];
  if (label === undefined || label === 'false') return [];
  if (label !== 'true') {
    const field = `metadata.labels[${settingsLabel}]`;
    return [{ code: 'InvalidSetting', field, value: shown(label), allowed: 'one of true, false', nearest: 'true' }];
  }
  const { document } = readSettingsConfigMap(name, textsOf(fieldsOf(object)['data']));
  if (document.outcome === 'refused') return document.problems;
  const namespace = rules.namespace ?? { name: '', labels: {}, annotations: {} };
  const { floors } = readNamespace(rules.chart, namespace);
  return document.value.entries.flatMap(({ settings }) => settings.flatMap((written) => checkFloors(written, floors)));
}
