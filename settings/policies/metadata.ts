import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { isRecord, ownValue } from './field.ts';
import type { RegoFile } from './types.ts';
import { readYaml } from './yaml/documents.ts';

/** What a policy's Rego says of itself, and how its fields are named in problems. */
export interface RegoMetadata {
  readonly values: Readonly<Record<string, unknown>>;
  /** `owner.rego custom.remora.kinds`. */
  readonly fieldOf: (key: string) => string;
}

/**
 * Reads `custom.remora` of a `# METADATA` block (https://www.openpolicyagent.org/docs/policy-language#annotations): YAML in
 * comment lines that follow one another. Undefined when no file has one; two files that have one are a problem.
 */
export function readMetadata(files: readonly RegoFile[], code: string, problems: Problem[]): RegoMetadata | undefined {
  const found = files.flatMap(({ name, text }) => {
    const values = blocks(text).flatMap((block) => valuesOf(name, block, code, problems));
    return values.map((each) => ({ name, values: each }));
  });
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    problems.push({
      code,
      field: `${second.name} custom.remora`,
      value: `also in ${first.name}`,
      allowed: 'one METADATA block with custom.remora in a policy',
    });
  }
  return { values: first.values, fieldOf: (key) => `${first.name} custom.remora.${key}` };
}

/** A block of metadata: its YAML, and the line before its first. */
interface Block {
  readonly yaml: string;
  readonly line: number;
}

function blocks(text: string): readonly Block[] {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at): readonly Block[] => {
    if (!/^#\s*METADATA\s*$/.test(line)) return [];
    const end = lines.findIndex((each, index) => index > at && !each.startsWith('#'));
    const own = lines.slice(at + 1, end < 0 ? lines.length : end);
    return [{ yaml: own.map((each) => each.replace(/^# ?/, '')).join('\n'), line: at + 1 }];
  });
}

function valuesOf(
  file: string,
  { yaml, line }: Block,
  code: string,
  problems: Problem[],
): readonly Readonly<Record<string, unknown>>[] {
  const read = readYaml(file, '\n'.repeat(line) + yaml, code);
  problems.push(...read.problems);
  return read.documents.flatMap(({ value }) => {
    const custom = isRecord(value) ? ownValue(value, 'custom') : undefined;
    const remora = isRecord(custom) ? ownValue(custom, 'remora') : undefined;
    if (remora === undefined) return [];
    if (isRecord(remora)) return [remora];
    problems.push({ code, field: `${file}:${line} custom.remora`, value: shown(remora), allowed: 'a map' });
    return [];
  });
}
