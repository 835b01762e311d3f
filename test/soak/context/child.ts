import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../../manifests/images/cache.ts';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: number;
}

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs `npm run <words>` as a person would, with just this environment, and reports each line that it prints. */
export async function npmRun(
  words: readonly string[],
  environment: Environment,
  report: (line: string) => void,
): Promise<Ended> {
  const startedAt = performance.now();
  const child = spawn('npm', ['run', ...words], {
    cwd: repository,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      report(`  | ${line}`);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: lines.join('\n'), seconds: Math.round((performance.now() - startedAt) / 1000) };
}

/** The last line of a test run: `38 passed, 0 failed, 0 skipped`. */
export function countsIn(
  output: string,
): { readonly passed: number; readonly failed: number; readonly skipped: number } | undefined {
  const [, passed, failed, skipped] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output) ?? [];
  return passed === undefined
    ? undefined
    : { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
