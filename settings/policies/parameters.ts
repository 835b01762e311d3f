import type { Problem } from '../../runtime/problem.ts';
import { Field, isRecord, writePath } from './field.ts';
import type { Path } from './field.ts';
import { withDefaults } from './gatekeeper/schema/default.ts';
import { readSchema } from './gatekeeper/schema/read.ts';
import { refuseUnknownKeys } from './gatekeeper/schema/unknown.ts';
import { validate } from './gatekeeper/schema/validate.ts';
import type { Schema } from './gatekeeper/schema/types.ts';
import { writeJson } from './json.ts';
import { readYaml } from './yaml/documents.ts';

export const parametersKey = 'parameters.yaml';
export const schemaKey = 'parameters.schema.yaml';

/**
 * Reads `parameters.yaml`, one map as YAML 1.2, into the JSON text of `input.parameters`, and holds it to
 * `parameters.schema.yaml` where there is one, whose defaults are filled in.
 *
 * The schema is structural, as of a CRD (and of the parameters of a Gatekeeper template): there is one reader of schemas
 * that strangers write, which neither makes code of them nor lets a regular expression run away.
 *
 * Codes: `PolicyYaml`; `PolicySchema` where the schema is none; `PolicyParameters` where the parameters do not fit it.
 */
export function readParameters(data: Readonly<Record<string, string>>, problems: Problem[]): string {
  const schema = readParametersSchema(data[schemaKey], problems);
  const root = readMap(parametersKey, data[parametersKey], problems, 'PolicyParameters');
  if (root === undefined) return '{}';
  refuseUnwritable(root);
  if (schema === undefined) return writeJson(root.value);
  validate(schema, root);
  refuseUnknownKeys(schema, root);
  return writeJson(withDefaults(schema, root.value));
}

function readParametersSchema(text: string | undefined, problems: Problem[]): Schema | undefined {
  if (text === undefined) return undefined;
  const root = readMap(schemaKey, text, problems, 'PolicySchema');
  if (root === undefined) return undefined;
  const before = problems.length;
  if (root.at('type').value !== 'object') root.at('type').refuse('object: parameters are a map');
  const schema = readSchema(root, false);
  return problems.length > before ? undefined : schema;
}

/** The one map of a file; an empty file is an empty map; undefined when something else is in it. */
function readMap(file: string, text: string | undefined, problems: Problem[], code: string): Field | undefined {
  const read = readYaml(file, text ?? '', 'PolicyYaml');
  problems.push(...read.problems);
  if (read.problems.length > 0) return undefined;
  const [document, second] = read.documents;
  if (second !== undefined) {
    const value = `${read.documents.length} documents`;
    problems.push({ code: 'PolicyYaml', field: second.locate([]), value, allowed: 'one document' });
    return undefined;
  }
  const locate = document?.locate ?? ((path: Path) => `${file} ${writePath(path)}`.trim());
  const field = new Field(document?.value ?? {}, [], { code, problems, locate });
  if (isRecord(field.value)) return field;
  field.refuse('a map');
  return undefined;
}

/** JSON has no infinities, and nobody means `.nan`. */
function refuseUnwritable(field: Field): void {
  if (typeof field.value === 'number' && !Number.isFinite(field.value)) field.refuse('a number that JSON has');
  else if (Array.isArray(field.value)) for (const item of field.items()) refuseUnwritable(item);
  else if (isRecord(field.value)) for (const [, part] of field.entries()) refuseUnwritable(part);
}
