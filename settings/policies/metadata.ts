import { shown } from '../../runtime/problem.ts';
import type { Problem } from '../../runtime/problem.ts';
import { isRecord, ownValue } from './field.ts';
import { readComments } from './gatekeeper/rego/tokens.ts';
import type { Comment } from './gatekeeper/rego/tokens.ts';
import type { RegoFile } from './types.ts';
import { readYaml } from './yaml/documents.ts';

/** One key that stands below `custom.remora` of a METADATA block. */
export interface MetadataValue {
  readonly key: string;
  readonly value: unknown;
  /** Names it: `owner.rego:4:5 custom.remora.kinds`. */
  readonly field: string;
}

/** Blocks that may speak of Remora. One does; parsing thousands of them would keep the webhook busy. */
const maxBlocks = 20;

/**
 * Reads `custom.remora` of the `# METADATA` blocks of a policy's Rego, wherever they stand
 * (https://www.openpolicyagent.org/docs/policy-language#annotations): YAML in comments on lines that follow one another.
 *
 * Codes: `PolicyYaml` where a block is no YAML, `InvalidPolicy` where `custom.remora` is no map.
 */
export function readMetadata(files: readonly RegoFile[], problems: Problem[]): readonly MetadataValue[] {
  const blocks = files.flatMap((file) => blocksOf(file));
  const refused = blocks[maxBlocks];
  if (refused !== undefined) {
    problems.push({
      code: 'InvalidPolicy',
      field: `${refused.file}:${refused.line}`,
      value: `${blocks.length} METADATA blocks that name remora`,
      allowed: `at most ${maxBlocks}`,
    });
  }
  return blocks.slice(0, maxBlocks).flatMap((block) => valuesOf(block, problems));
}

/** YAML of one block, on the columns that it has in the file. */
interface Block {
  readonly file: string;
  readonly line: number;
  readonly yaml: string;
}

function blocksOf({ name, text }: RegoFile): readonly Block[] {
  const blocks: { line: number; rows: string[] }[] = [];
  let next = 0;
  for (const comment of readComments(text)) {
    const last = blocks.at(-1);
    // As OPA has it: a block goes on while comments stand on lines that follow one another.
    if (last !== undefined && comment.line === next) last.rows.push(rowOf(comment));
    else if (comment.text.trimStart().startsWith('METADATA')) blocks.push({ line: comment.line + 1, rows: [] });
    else continue;
    next = comment.line + 1;
  }
  return blocks
    .map(({ line, rows }) => ({ file: name, line, yaml: rows.join('\n') }))
    .filter(({ yaml }) => yaml.includes('remora'));
}

function rowOf({ text, column }: Comment): string {
  return ' '.repeat(column) + text.trimEnd();
}

function valuesOf({ file, line, yaml }: Block, problems: Problem[]): readonly MetadataValue[] {
  const read = readYaml(file, yaml, 'PolicyYaml', line);
  problems.push(...read.problems);
  return read.documents.flatMap(({ value, locate }) => {
    const custom = isRecord(value) ? ownValue(value, 'custom') : undefined;
    const remora = isRecord(custom) ? ownValue(custom, 'remora') : undefined;
    if (remora === undefined) return [];
    const path = ['custom', 'remora'];
    if (isRecord(remora)) {
      return Object.entries(remora).map(([key, of]) => ({ key, value: of, field: locate([...path, key]) }));
    }
    problems.push({ code: 'InvalidPolicy', field: locate(path), value: shown(remora), allowed: 'a map of keys' });
    return [];
  });
}
