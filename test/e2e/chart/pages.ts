import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Command lines that a page shows: those in its fenced blocks without a language, and those in inline code, each with
 * single spaces and without a comment. A line counts when it begins with one of `programs`.
 */
export function commandsOf(text: string, programs: readonly string[]): readonly string[] {
  const isCommand = (line: string): boolean => programs.some((program) => line.startsWith(`${program} `));
  const lines = [...text.matchAll(/^```\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'));
  const prose = text.replaceAll(/^```[^]*?^```/gm, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  return [...new Set([...lines, ...inline].map(plain))].filter(isCommand);
}

function plain(line: string): string {
  return line
    .replace(/\s+#\s.*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** A page of the repository. */
export function pageText(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');
}
