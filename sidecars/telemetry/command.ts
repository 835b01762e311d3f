import { execFile } from 'node:child_process';

/** The environment variables that the builder was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs a program to its end in a folder.
 *
 * @throws Error with the program's name and the last lines that it printed, when it fails.
 */
export async function run(
  program: string,
  words: readonly string[],
  folder: string,
  environment: Environment,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = { cwd: folder, env: { ...environment }, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, [...words], options, (error, output, errors) => {
      if (error === null) resolve();
      else reject(new Error(`${program}: ${`${output}${errors}`.trim().split('\n').slice(-15).join('\n')}`));
    });
  });
}
