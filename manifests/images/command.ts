import { execFile } from 'node:child_process';
import type { Environment } from './cache.ts';

export interface CommandOptions {
  readonly folder?: string;
  /** Added to the environment that this process has. */
  readonly environment?: Environment;
  /** Returns what it wrote to its standard error too, after its output: warnings, progress. */
  readonly withErrors?: boolean;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws Error with the command line and the last lines that it printed, when it fails.
 */
export async function run(
  program: string,
  words: readonly string[],
  environment: Environment,
  options: CommandOptions = {},
): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(
      program,
      [...words],
      {
        cwd: options.folder,
        env: { ...environment, ...options.environment, LC_ALL: 'C' },
        maxBuffer: 256 * 1024 * 1024,
      },
      (error, output, errors) => {
        if (error === null) {
          resolve(options.withErrors === true ? `${output}${errors}` : output);
        } else {
          const printed = `${output}${errors}`.trim().split('\n').slice(-15).join('\n');
          reject(
            new Error(
              `${[program, ...words].join(' ').slice(0, 400)}: ${error.message.split('\n', 1).join('')}\n${printed}`,
            ),
          );
        }
      },
    );
  });
}
