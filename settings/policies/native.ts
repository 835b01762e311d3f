import { nearestOf } from '../../runtime/nearest.ts';
import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { prefix } from '../marks.ts';
import { isPolicyKey, policyKeys, policyTable } from './keys.ts';
import type { PolicyKey, PolicyValues } from './keys.ts';
import { matchAll } from './match.ts';
import { readMetadata } from './metadata.ts';
import { parametersKey, readParameters, schemaKey } from './parameters.ts';
import type { NativeDocument, PolicyConfigMap, RegoFile } from './types.ts';

/** Every file costs a process of OPA. */
const maxFiles = 64;

const annotationPrefix = `${prefix}policy-`;

/**
 * Reads a policy in Rego: `*.rego`, `*_test.rego`, `parameters.yaml`, `parameters.schema.yaml`, and what annotations or
 * METADATA say of it. Problems go to `problems`; the document is of use only when there are none.
 *
 * Codes: `InvalidPolicy`, `UnknownPolicyKey`, `PolicyStatedTwice`, `PolicyIncomplete`, and those of the parameters.
 */
export function readNative(configMap: PolicyConfigMap, problems: Problem[]): NativeDocument {
  const { data } = configMap;
  refuseOtherKeys(configMap, problems);
  const files = regoFiles(configMap);
  const own = files.filter((file) => !isTest(file));
  if (own.length === 0) {
    const value = Object.keys(data).join(', ');
    const allowed = 'at least one key *.rego that is no *_test.rego, or Gatekeeper’s documents as *.yaml';
    problems.push({ code: 'PolicyIncomplete', field: 'data', value: shown(value === '' ? 'nothing' : value), allowed });
  }
  if (files.length > maxFiles) {
    const value = `${files.length} keys *.rego`;
    problems.push({ code: 'InvalidPolicy', field: 'data', value, allowed: `at most ${maxFiles}` });
  }
  const values = readValues(configMap, files, problems);
  return {
    kind: 'native',
    match: {
      ...matchAll,
      kinds: values.kinds ?? [],
      namespaces: values.namespaces ?? [],
      excludedNamespaces: values['excluded-namespaces'] ?? [],
      labelSelector: values.selector ?? matchAll.labelSelector,
      namespaceSelector: values['namespace-selector'] ?? matchAll.namespaceSelector,
    },
    operations: values.operations ?? ['CREATE', 'UPDATE'],
    enforcement: values.enforcement ?? 'deny',
    onFailure: values['on-failure'] ?? 'allow',
    inventory: values.inventory ?? [],
    parameters: readParameters(data, problems),
    files: own,
    tests: files.filter(isTest),
    package: values.package,
  };
}

function isTest({ name }: RegoFile): boolean {
  return name.endsWith('_test.rego');
}

function regoFiles({ data }: PolicyConfigMap): readonly RegoFile[] {
  return Object.entries(data)
    .filter(([name]) => name.endsWith('.rego'))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, text]) => ({ name, text }));
}

function refuseOtherKeys({ data, binaryKeys }: PolicyConfigMap, problems: Problem[]): void {
  const known = [parametersKey, schemaKey];
  for (const key of Object.keys(data).filter((each) => !each.endsWith('.rego') && !known.includes(each))) {
    const allowed = `keys are *.rego, *_test.rego, ${known.join(', ')}; Gatekeeper’s documents have a ConfigMap of their own`;
    problems.push(unknown(`data[${key}]`, key, allowed, nearestOf(key, known)));
  }
  for (const key of binaryKeys) problems.push(unknown(`binaryData[${key}]`, key, 'nothing: Rego and YAML are text'));
}

function unknown(field: string, value: string, allowed: string, nearest?: string): Problem {
  const problem = { code: 'UnknownPolicyKey', field, value: shown(value), allowed };
  return nearest === undefined ? problem : { ...problem, nearest };
}

/** What was written for a key, and where. */
interface Written {
  readonly key: PolicyKey;
  readonly field: string;
  readonly value: unknown;
}

function readValues(
  configMap: PolicyConfigMap,
  files: readonly RegoFile[],
  problems: Problem[],
): Partial<PolicyValues> {
  const written = [...annotationsOf(configMap, problems), ...metadataOf(files, problems)];
  const first = new Map<PolicyKey, Written>();
  for (const each of written) {
    const before = first.get(each.key);
    if (before === undefined) first.set(each.key, each);
    else {
      const { field, key } = each;
      problems.push({
        code: 'PolicyStatedTwice',
        field,
        value: key,
        allowed: `once; it also stands at ${before.field}`,
      });
    }
  }
  if (!first.has('kinds')) {
    const field = `metadata.annotations[${annotationPrefix}kinds]`;
    problems.push({ code: 'PolicyIncomplete', field, value: 'nothing', allowed: policyTable.kinds.kind.allowed });
  }
  const entries = [...first.values()].map((each) => [each.key, readValue(each, problems)] as const);
  // Each value was read by the table's row of its key, which has the key's type.
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function annotationsOf({ annotations }: PolicyConfigMap, problems: Problem[]): readonly Written[] {
  const known = policyKeys.map((key) => annotationPrefix + key);
  return Object.entries(annotations).flatMap(([name, value]): readonly Written[] => {
    if (!name.startsWith(prefix)) return [];
    const field = `metadata.annotations[${name}]`;
    const key = name.startsWith(annotationPrefix) ? name.slice(annotationPrefix.length) : '';
    if (isPolicyKey(key)) return [{ key, field, value }];
    problems.push(unknown(field, name, `one of ${known.join(', ')}`, nearestOf(name, known)));
    return [];
  });
}

function metadataOf(files: readonly RegoFile[], problems: Problem[]): readonly Written[] {
  return readMetadata(files, problems).flatMap(({ key, value, field }): readonly Written[] => {
    if (isPolicyKey(key)) return [{ key, field, value }];
    problems.push(unknown(field, key, `keys are ${policyKeys.join(', ')}`, nearestOf(key, policyKeys)));
    return [];
  });
}

function readValue({ key, field, value }: Written, problems: Problem[]): unknown {
  const { kind } = policyTable[key];
  // In METADATA, which is YAML, a list may be a list.
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const text = items.every((item) => typeof item === 'string') ? items.join(',') : undefined;
  const read = text === undefined ? undefined : kind.read(text);
  if (read?.outcome === 'read') return read.value;
  const problem = { code: 'InvalidPolicy', field, value: shown(text ?? value), allowed: kind.allowed };
  problems.push(read?.nearest === undefined ? problem : { ...problem, nearest: read.nearest });
  return undefined;
}
