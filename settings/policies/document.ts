import { nearestOf } from '../../runtime/nearest.ts';
import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { prefix } from '../marks.ts';
import { policyLabel } from './configmap.ts';
import { readGatekeeper } from './gatekeeper/document.ts';
import type { GatekeeperDocument } from './gatekeeper/types.ts';
import { policyTable } from './keys.ts';
import { readNative } from './native.ts';
import { parametersKey, schemaKey } from './parameters.ts';
import type { NativeDocument, OnFailure, PolicyConfigMap, ReadPolicy } from './types.ts';

/** Gatekeeper's documents, and the one thing that they cannot say themselves. */
export interface GatekeeperPolicy extends GatekeeperDocument {
  readonly onFailure: OnFailure;
}

/** What a policy ConfigMap holds; `kind` says who wrote its rules. */
export type PolicyDocument = NativeDocument | GatekeeperPolicy;

/** Problems that one ConfigMap reports; a page of them helps nobody, and a hostile text has thousands. */
const maxProblems = 50;

/**
 * Reads a ConfigMap labelled `remora.dev/policy=true`. Every problem is reported at once, each with its place. Which kind
 * of policy it is, its keys say: Gatekeeper's documents are `*.yaml` without any `*.rego`.
 *
 * Codes: those of `readNative` and `readGatekeeper`; `UnknownPolicyKey` and `InvalidPolicy` for labels.
 */
export function readPolicy(configMap: PolicyConfigMap): ReadPolicy<PolicyDocument> {
  const problems: Problem[] = [];
  refuseLabels(configMap, problems);
  return isGatekeeper(configMap) ? readGatekeeperPolicy(configMap, problems) : readRego(configMap, problems);
}

/** Reads a policy in Rego alone, for those who cannot do anything with Gatekeeper's documents. */
export function readNativePolicy(configMap: PolicyConfigMap): ReadPolicy<NativeDocument> {
  const problems: Problem[] = [];
  refuseLabels(configMap, problems);
  return readRego(configMap, problems);
}

function readRego(configMap: PolicyConfigMap, problems: Problem[]): ReadPolicy<NativeDocument> {
  const document = readNative(configMap, problems);
  return problems.length > 0 ? refused(problems) : { outcome: 'parsed', document, warnings: [] };
}

function refused(problems: readonly Problem[]): ReadPolicy<never> {
  return { outcome: 'refused', problems: problems.slice(0, maxProblems) };
}

const yamlName = /\.ya?ml$/;

/** Whether a ConfigMap holds Gatekeeper's documents rather than Rego. */
export function isGatekeeper({ data }: Pick<PolicyConfigMap, 'data'>): boolean {
  const names = Object.keys(data);
  const isDocument = (name: string): boolean => yamlName.test(name) && name !== parametersKey && name !== schemaKey;
  return names.some(isDocument) && !names.some((name) => name.endsWith('.rego'));
}

const labels = [policyLabel, `${prefix}settings`];

function refuseLabels({ labels: written }: PolicyConfigMap, problems: Problem[]): void {
  const value = written[policyLabel] ?? 'nothing';
  if (value !== 'true') {
    const field = `metadata.labels[${policyLabel}]`;
    problems.push({ code: 'InvalidPolicy', field, value: shown(value), allowed: 'true', nearest: 'true' });
  }
  for (const name of Object.keys(written).filter((each) => each.startsWith(prefix) && !labels.includes(each))) {
    const field = `metadata.labels[${name}]`;
    problems.push(unknown(field, name, `labels are ${labels.join(', ')}`, nearestOf(name, labels)));
  }
}

function unknown(field: string, value: string, allowed: string, nearest?: string): Problem {
  const problem = { code: 'UnknownPolicyKey', field, value: shown(value), allowed };
  return nearest === undefined ? problem : { ...problem, nearest };
}

const onFailureAnnotation = `${prefix}policy-on-failure`;

function readGatekeeperPolicy(configMap: PolicyConfigMap, problems: Problem[]): ReadPolicy<PolicyDocument> {
  const { data, annotations, binaryKeys } = configMap;
  for (const key of Object.keys(data).filter((each) => !yamlName.test(each))) {
    problems.push(unknown(`data[${key}]`, key, 'keys are *.yaml: Gatekeeper’s documents stand here'));
  }
  for (const key of binaryKeys) problems.push(unknown(`binaryData[${key}]`, key, 'nothing: YAML is text'));
  for (const name of Object.keys(annotations).filter((each) => each.startsWith(prefix))) {
    if (name === onFailureAnnotation) continue;
    const allowed = `${onFailureAnnotation}; all else is said by the constraints`;
    problems.push(unknown(`metadata.annotations[${name}]`, name, allowed, nearestOf(name, [onFailureAnnotation])));
  }
  const onFailure = readOnFailure(annotations[onFailureAnnotation], problems);
  const files = Object.entries(data)
    .filter(([name]) => yamlName.test(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, text]) => ({ name, text }));
  const read = readGatekeeper(files);
  if (read.outcome === 'refused') return refused([...problems, ...read.problems]);
  if (problems.length > 0) return refused(problems);
  return { ...read, document: { ...read.document, onFailure } };
}

function readOnFailure(text: string | undefined, problems: Problem[]): OnFailure {
  if (text === undefined) return 'allow';
  const { kind } = policyTable['on-failure'];
  const read = kind.read(text);
  if (read.outcome === 'read') return read.value;
  const field = `metadata.annotations[${onFailureAnnotation}]`;
  const problem = { code: 'InvalidPolicy', field, value: shown(text), allowed: kind.allowed };
  problems.push(read.nearest === undefined ? problem : { ...problem, nearest: read.nearest });
  return 'allow';
}
