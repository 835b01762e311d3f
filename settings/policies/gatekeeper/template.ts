import { describeProblem } from '../../../runtime/problem.ts';
import type { Problem } from '../../../runtime/problem.ts';
import { isRecord } from '../field.ts';
import type { Field } from '../field.ts';
import type { PolicyOperation, PolicyWarning, RegoVersion } from '../types.ts';
import { checkLibRego, checkTemplateRego, refuseRegoAt } from './rego/check.ts';
import { libFile, moduleOf, templateFile } from './rego/module.ts';
import { fieldOf } from './resource.ts';
import type { Resource } from './resource.ts';
import { readSchema, schemaKeys } from './schema/read.ts';
import { anything } from './schema/types.ts';
import type { Schema } from './schema/types.ts';
import { readSyncRequirements } from './sync.ts';
import { target } from './types.ts';
import type { RegoPlace, Template } from './types.ts';

const versions = ['v1', 'v1beta1', 'v1alpha1'] as const;
const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
const engines = ['Rego', 'K8sNativeValidation'] as const;
const kindPattern = /^[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;

/**
 * Reads a ConstraintTemplate (`templates.gatekeeper.sh`), under the rules of Gatekeeper 3.23 and of the CRD that it makes.
 * Problems go to `problems`; undefined when there are any.
 *
 * Codes: `TemplateInvalid`, `TemplateSchema`, `TemplateRego`; `CelTemplate` and `ExternalDataTemplate` name what Remora
 * does not run. Warnings are keys that mean nothing, which API servers prune
 * (`TemplateUnknownKey`), and rules in CEL of a parameter (`TemplateCelRule`).
 */
export function readTemplate(resource: Resource, problems: Problem[], warnings: PolicyWarning[]): Template | undefined {
  const found: Problem[] = [];
  const root = fieldOf(resource, 'TemplateInvalid', found);
  if (!versions.some((version) => version === resource.version)) {
    root.at('apiVersion').refuse(`one of ${versions.map((version) => `${resource.group}/${version}`).join(', ')}`);
  }
  const kind = readKind(root);
  const [only] = readTargets(root.at('spec').at('targets'));
  const template =
    only === undefined
      ? undefined
      : {
          kind,
          ...readCode(only, resource),
          schema: readParameters(root.at('spec').at('crd').at('spec').at('validation'), resource.version === 'v1'),
          operations: readOperations(only.at('operations')),
          inventory: readSyncRequirements(root.at('metadata').at('annotations')),
        };
  warnings.push(...withoutEffect(resource));
  problems.push(...found);
  return found.length > 0 ? undefined : template;
}

function readKind(root: Field): string {
  const field = root.at('spec').at('crd').at('spec').at('names').at('kind');
  const kind = field.text('required');
  if (kind !== '' && !kindPattern.test(kind)) field.refuse('letters, digits and -, at most 63');
  const name = root.at('metadata').at('name');
  if (name.text('required') !== '' && kind !== '' && name.value !== kind.toLowerCase()) {
    name.refuse('the kind in lower case', kind.toLowerCase());
  }
  return kind;
}

/** The one target; none, reported, when there is another number of them. */
function readTargets(field: Field): readonly Field[] {
  const targets = field.items();
  if (targets.length !== 1) {
    field.refuseAs(`${targets.length} targets`, 'exactly one target');
    return [];
  }
  for (const item of targets) {
    if (item.at('target').oneOf([target]) === undefined && item.at('target').isAbsent) item.at('target').refuse(target);
  }
  return targets;
}

interface Code {
  readonly rego: Field;
  readonly libs: Field;
  readonly regoVersion: RegoVersion;
}

/** The Rego: of the target itself, else of its `code`. */
function findCode(field: Field): Code | undefined {
  if (!field.at('rego').isAbsent && field.at('rego').value !== '') {
    return { rego: field.at('rego'), libs: field.at('libs'), regoVersion: 'v0' };
  }
  const items = field.at('code').items();
  for (const item of items) {
    if (item.at('engine').oneOf(engines) === undefined && item.at('engine').isAbsent) item.at('engine').refuse('Rego');
  }
  const source = items.find((item) => item.at('engine').value === 'Rego')?.at('source');
  if (source !== undefined) {
    const regoVersion = source.at('version').oneOf(['v0', 'v1', '']);
    return { rego: source.at('rego'), libs: source.at('libs'), regoVersion: regoVersion === 'v1' ? 'v1' : 'v0' };
  }
  const cel = items.find((item) => item.at('engine').value === 'K8sNativeValidation');
  if (cel === undefined) field.at('rego').refuse('the Rego of the template');
  else cel.at('engine').coded('CelTemplate').refuse('Rego: templates that are in CEL alone are not run');
  return undefined;
}

function readCode(field: Field, { document, file }: Resource): Pick<Template, 'source' | 'places' | 'isReferential'> {
  const code = findCode(field);
  if (code === undefined) return { source: moduleOf('', [], 'v0'), places: [], isReferential: false };
  const places: RegoPlace[] = [];
  const note = (name: string, text: Field): ReturnType<typeof refuseRegoAt> => {
    const block = document.blockAt(text.path);
    if (block !== undefined) places.push({ name, file, ...block });
    return refuseRegoAt(text, block, file);
  };
  const libs = code.libs.items();
  const rego = code.rego.text('required');
  const outlines = [
    ...(rego === '' ? [] : [checkTemplateRego(rego, note(templateFile, code.rego))]),
    ...libs.map((lib, at) => checkLibRego(lib.text('required'), note(libFile(at), lib))),
  ];
  return {
    source: moduleOf(
      rego,
      libs.map((lib) => (typeof lib.value === 'string' ? lib.value : '')),
      code.regoVersion,
    ),
    places,
    isReferential: outlines.some(({ dataReferences }) => dataReferences.some(({ path }) => path[1] === 'inventory')),
  };
}

/** `legacySchema` is true of v1alpha1 and v1beta1, and false of v1, unless it is said. */
function readParameters(field: Field, isV1: boolean): Schema | undefined {
  const isLegacy = field.at('legacySchema').flag() ?? !isV1;
  const schema = field.at('openAPIV3Schema').coded('TemplateSchema');
  if (!schema.isAbsent) return readSchema(schema, isLegacy);
  return isLegacy ? { ...anything, keepsUnknown: true } : undefined;
}

function readOperations(field: Field): readonly PolicyOperation[] {
  const named = field.items().map((item) => item.oneOf([...operations, '*']));
  if (named.includes('*') && named.length > 1) field.refuse('* alone, or operations by name');
  if (named.length === 0) return ['CREATE', 'UPDATE'];
  return operations.filter((operation) => named.includes('*') || named.includes(operation));
}

/** What the template says and nothing here reads. */
function withoutEffect(resource: Resource): readonly PolicyWarning[] {
  const unknown: Problem[] = [];
  const root = fieldOf(resource, 'TemplateUnknownKey', unknown);
  const spec = root.at('spec');
  const crd = spec.at('crd').at('spec');
  root.refuseKeysBeside(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.refuseKeysBeside(['crd', 'targets']);
  spec.at('crd').refuseKeysBeside(['spec']);
  crd.refuseKeysBeside(['names', 'validation']);
  crd.at('names').refuseKeysBeside(['kind', 'shortNames']);
  crd.at('validation').refuseKeysBeside(['openAPIV3Schema', 'legacySchema']);
  unknownSchemaKeys(crd.at('validation').at('openAPIV3Schema'));
  for (const item of partsOf(spec.at('targets'))) {
    item.refuseKeysBeside(['target', 'rego', 'libs', 'code', 'operations']);
    for (const code of partsOf(item.at('code'))) {
      code.refuseKeysBeside(['engine', 'source']);
      if (code.at('engine').value === 'Rego') code.at('source').refuseKeysBeside(['rego', 'libs', 'version']);
    }
  }
  return unknown.map((problem) => ({ code: problem.code, message: describeProblem(problem) }));
}

function unknownSchemaKeys(field: Field): void {
  if (!isRecord(field.value)) return;
  field.refuseKeysBeside(schemaKeys, 'a key of OpenAPI schemas');
  const rules = field.at('x-kubernetes-validations');
  if (!rules.isAbsent) rules.coded('TemplateCelRule').refuse('no rule in CEL: Remora does not check it');
  for (const part of [...partsOf(field.at('properties')), field.at('items'), field.at('additionalProperties')]) {
    unknownSchemaKeys(part);
  }
}

/** Items of a list, values of a map; nothing of anything else. */
function partsOf(field: Field): readonly Field[] {
  if (Array.isArray(field.value)) return field.items();
  return isRecord(field.value) ? field.entries().map(([, part]) => part) : [];
}
