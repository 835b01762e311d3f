import { nearestOf } from '../../runtime/nearest.ts';
import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { matchAll } from './match.ts';
import { readMetadata } from './metadata.ts';
import type { RegoMetadata } from './metadata.ts';
import { everyLabel } from './selector.ts';
import { readGlob, readInventoryKind, readKind, readSelectorText, readWord } from './texts.ts';
import type { Read } from './texts.ts';
import type { NativeDocument, PolicyConfigMap, ReadPolicy, RegoFile } from './types.ts';
import { readYaml } from './yaml/documents.ts';
import { writeJson } from './yaml/json.ts';

const prefix = 'remora.dev/';
const code = 'InvalidPolicy';

/** What may be said of a policy: by annotation `remora.dev/policy-<key>`, or as `custom.remora.<key>` of its Rego. */
const keys = [
  ...(['kinds', 'namespaces', 'excluded-namespaces', 'selector', 'operations'] as const),
  ...(['enforcement', 'on-failure', 'inventory', 'package'] as const),
];
type Key = (typeof keys)[number];

/** What was written for one key, wherever that was. */
interface Written {
  readonly field: string;
  readonly value: unknown;
}

/**
 * Reads a policy ConfigMap of Rego: `*.rego`, `*_test.rego`, `parameters.yaml`, annotations. Every problem is reported.
 *
 * Code: `InvalidPolicy`; for the label `InvalidSetting`.
 */
export function readPolicy(configMap: PolicyConfigMap): ReadPolicy<NativeDocument> {
  const problems: Problem[] = [];
  const files = regoFiles(configMap);
  refuseOtherKeys(configMap, problems);
  refuseLabel(configMap, problems);
  const isTest = ({ name }: RegoFile): boolean => name.endsWith('_test.rego');
  const own = files.filter((file) => !isTest(file));
  if (own.length === 0) problem(problems, 'data', Object.keys(configMap.data).join(', '), 'at least one key *.rego');
  const written = collect(configMap, readMetadata(own, code, problems), problems);
  const list = <T>(key: Key, read: (text: string) => Read<T>): readonly T[] =>
    readList(written.get(key), read, problems);
  const one = <T>(key: Key, fallback: T, read: (text: string) => Read<T>): T =>
    readOne(written.get(key), read, problems) ?? fallback;

  const kinds = list('kinds', readKind);
  if (kinds.length === 0 && !problems.some(({ field }) => field.endsWith('kinds'))) {
    problem(problems, `metadata.annotations[${prefix}policy-kinds]`, 'nothing', 'the kinds that the policy is for');
  }
  const operations = list('operations', readWord(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const));
  const document: NativeDocument = {
    kind: 'native',
    match: {
      ...matchAll,
      kinds,
      namespaces: list('namespaces', readGlob),
      excludedNamespaces: list('excluded-namespaces', readGlob),
      labelSelector: one('selector', everyLabel, readSelectorText),
    },
    operations: operations.length === 0 ? ['CREATE', 'UPDATE'] : [...new Set(operations)],
    enforcement: one('enforcement', 'deny', readWord(['deny', 'warn', 'dryrun'] as const)),
    onFailure: one('on-failure', 'allow', readWord(['allow', 'deny'] as const)),
    inventory: list('inventory', readInventoryKind),
    parameters: readParameters(configMap, problems),
    files: own,
    tests: files.filter(isTest),
    package: readOne(written.get('package'), (text) => ({ outcome: 'read', value: text }), problems),
  };
  return problems.length > 0 ? { outcome: 'refused', problems } : { outcome: 'parsed', document, warnings: [] };
}

function problem(problems: Problem[], field: string, value: string, allowed: string, nearest?: string): void {
  problems.push({ code, field, value: shown(value), allowed, ...(nearest === undefined ? {} : { nearest }) });
}

function regoFiles({ data }: PolicyConfigMap): readonly RegoFile[] {
  return Object.entries(data)
    .filter(([name]) => name.endsWith('.rego'))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, text]) => ({ name, text }));
}

function refuseOtherKeys({ data, binaryKeys }: PolicyConfigMap, problems: Problem[]): void {
  const isKnown = (key: string): boolean => key.endsWith('.rego') || key === 'parameters.yaml';
  for (const key of Object.keys(data).filter((each) => !isKnown(each))) {
    problem(
      problems,
      `data[${key}]`,
      key,
      '*.rego, *_test.rego and parameters.yaml',
      nearestOf(key, ['parameters.yaml']),
    );
  }
  for (const key of binaryKeys) problem(problems, `binaryData[${key}]`, key, 'nothing: Rego is text');
}

function refuseLabel({ labels }: PolicyConfigMap, problems: Problem[]): void {
  const value = labels[`${prefix}policy`];
  if (value === 'true') return;
  problem(problems, `metadata.labels[${prefix}policy]`, value ?? 'nothing', 'true', 'true');
}

/** What was written for each key; a key that was written twice, or that is unknown, is a problem. */
function collect(
  { annotations }: PolicyConfigMap,
  metadata: RegoMetadata | undefined,
  problems: Problem[],
): ReadonlyMap<Key, Written> {
  const written = new Map<Key, Written>();
  const isKey = (key: string): key is Key => keys.some((each) => each === key);
  for (const [annotation, value] of Object.entries(annotations)) {
    if (!annotation.startsWith(prefix)) continue;
    const field = `metadata.annotations[${annotation}]`;
    const key = annotation.slice(`${prefix}policy-`.length);
    if (annotation.startsWith(`${prefix}policy-`) && isKey(key)) written.set(key, { field, value });
    else {
      const known = keys.map((each) => `${prefix}policy-${each}`);
      problem(problems, field, annotation, `one of ${known.join(', ')}`, nearestOf(annotation, known));
    }
  }
  for (const [key, value] of Object.entries(metadata?.values ?? {})) {
    const field = metadata?.fieldOf(key) ?? key;
    if (!isKey(key)) problem(problems, field, key, `one of ${keys.join(', ')}`, nearestOf(key, keys));
    else if (written.has(key))
      problem(problems, field, key, `one of the two: here, or ${written.get(key)?.field ?? ''}`);
    else written.set(key, { field, value });
  }
  return written;
}

/** A list, or a text with commas. */
function readList<T>(written: Written | undefined, read: (text: string) => Read<T>, problems: Problem[]): readonly T[] {
  if (written === undefined) return [];
  const { field, value } = written;
  const parts: readonly unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
  return parts.flatMap((part): readonly T[] => {
    const found = readOne({ field, value: part }, read, problems);
    return found === undefined ? [] : [found];
  });
}

function readOne<T>(written: Written | undefined, read: (text: string) => Read<T>, problems: Problem[]): T | undefined {
  if (written === undefined) return undefined;
  const { field, value } = written;
  if (typeof value !== 'string') {
    problem(problems, field, shown(value), 'a text');
    return undefined;
  }
  const result = read(value.trim());
  if (result.outcome === 'read') return result.value;
  problem(problems, field, result.part, result.allowed, result.nearest);
  return undefined;
}

/** `parameters.yaml` as JSON text. */
function readParameters({ data }: PolicyConfigMap, problems: Problem[]): string {
  const text = data['parameters.yaml'];
  if (text === undefined) return '{}';
  const read = readYaml('parameters.yaml', text, code);
  problems.push(...read.problems);
  const [document, second] = read.documents;
  if (second !== undefined) problem(problems, 'parameters.yaml', 'several documents', 'one YAML document');
  return writeJson(document?.value ?? {});
}
