import type { Block, Command } from './page.ts';
import { systemTimer } from '../../runtime/clock.ts';

/** Where a page's commands are typed. */
export interface Terminal {
  /** Saves a file where `type` finds it. */
  save(name: string, text: string): Promise<void>;
  /** Types a line; what it printed, whether or not it failed. */
  type(line: string): Promise<string>;
}

/** What a policy says of the last requests when it is applied, which differs from time to time: pages leave it out. */
export function isReplay(line: string): boolean {
  return line.endsWith('[PolicyReplay]');
}

/** A command that printed something else than the page says. */
export interface Difference {
  readonly line: string;
  readonly shown: readonly string[];
  readonly printed: readonly string[];
}

/**
 * Does what a page says, and returns what went otherwise than it says. Lines are compared word for word, those of one
 * command in any order, since warnings and results come by two ways.
 *
 * A dry run is tried again until the deadline: it changes nothing, and what was applied before it is in force a moment
 * later. `isBeside` names lines that are printed and that the page leaves out.
 */
export async function follow(
  blocks: readonly Block[],
  terminal: Terminal,
  deadlineMs: number,
  isBeside: (line: string) => boolean = () => false,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const block of blocks) {
    if (block.kind === 'file') await terminal.save(block.name, block.text);
    if (block.kind !== 'session') continue;
    for (const command of block.commands) {
      const printed = await settle(command, terminal, deadlineMs, isBeside);
      if (!isSame(command.printed, printed)) {
        differences.push({ line: command.line, shown: command.printed, printed });
      }
    }
  }
  return differences;
}

async function settle(
  { line, printed: shown }: Command,
  terminal: Terminal,
  deadlineMs: number,
  isBeside: (line: string) => boolean,
): Promise<readonly string[]> {
  const deadline = systemTimer.now() + deadlineMs;
  for (;;) {
    const text = await terminal.type(line);
    const printed = text
      .split('\n')
      .map((row) => row.trimEnd())
      .filter((row) => row !== '' && !isBeside(row));
    const isRepeatable = line.includes('--dry-run=server');
    if (isSame(shown, printed) || !isRepeatable || systemTimer.now() > deadline) return printed;
    await systemTimer.wait(50);
  }
}

function isSame(shown: readonly string[], printed: readonly string[]): boolean {
  return JSON.stringify([...shown].sort()) === JSON.stringify([...printed].sort());
}
