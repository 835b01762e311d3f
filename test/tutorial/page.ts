import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Pages whose every block is run: in one process by test/unit/policies, on a cluster by test/e2e/policies. */
export const pagesThatTeach = ['policies/README.md', 'docs/policies.md'] as const;

/** One command of a page, and what the page says it prints. */
export interface Command {
  readonly line: string;
  readonly printed: readonly string[];
}

/** One fenced block of a page that teaches. */
export type Block =
  /** `yaml owner.yaml`: a file as the reader saves it. */
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  /** `console`: lines that begin with `$ ` are typed, the others are what is printed. */
  | { readonly kind: 'session'; readonly commands: readonly Command[] }
  /** `rego`: a policy's Rego, to be accepted as it is. */
  | { readonly kind: 'rego'; readonly text: string };

/**
 * Every fenced block of a page, in its order.
 *
 * @throws Error for a block that is none of these: an example that nothing runs would be one that nobody checks.
 */
export function readPage(text: string): readonly Block[] {
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, info = '', body = '']) => blockOf(info.trim(), body));
}

/** A page of the repository. */
export function pageText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

function blockOf(info: string, text: string): Block {
  const [, name] = /^yaml (\S+\.yaml)$/.exec(info) ?? [];
  if (name !== undefined) return { kind: 'file', name, text };
  if (info === 'rego') return { kind: 'rego', text };
  if (info === 'console') return { kind: 'session', commands: commandsOf(text) };
  throw new Error(`nothing runs a block of "${info}"; blocks are: yaml <file>.yaml, rego, console`);
}

function commandsOf(text: string): readonly Command[] {
  const commands: { line: string; printed: string[] }[] = [];
  for (const row of text.split('\n')) {
    const last = commands.at(-1);
    if (row.startsWith('$ ')) commands.push({ line: row.slice(2), printed: [] });
    else if (row !== '' && last === undefined) throw new Error(`"${row}" stands before any command`);
    else if (row !== '') last?.printed.push(row.trimEnd());
  }
  return commands;
}
