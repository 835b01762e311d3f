import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Builtin } from '../../../../../webhook/policy/builtins/types.ts';
import { readTerm, writeTerm } from '../../../../../webhook/policy/value/text.ts';
import type { Value } from '../../../../../webhook/policy/value/value.ts';
import { fixedContext } from './oracle.ts';
import type { Call } from './oracle.ts';

/** One change to our source that makes it wrong. */
export interface Mutant {
  /** What the code does then. */
  readonly name: string;
  /** The family whose corpus must notice it; each family's file exports a record of its name. */
  readonly family: string;
  /** The corpus, where it is not named after the family. */
  readonly corpus?: string;
  /** Below webhook/policy/builtins/. */
  readonly file: string;
  /** Stands in the file just once. */
  readonly from: string;
  readonly to: string;
}

/** Answers calls as the changed source does. */
export type Answering = (call: Call) => Value | undefined;

const repository = fileURLToPath(new URL('../../../../../', import.meta.url));

/**
 * Changes a copy of our source and hands over what it answers. Values cross over as text, for the copy has classes of
 * its own.
 *
 * @throws Error for a mutant whose source is gone: it would pass for one that is noticed.
 */
export async function withMutant<T>(mutant: Mutant, use: (answer: Answering) => T | Promise<T>): Promise<T> {
  await mkdir(join(repository, 'build'), { recursive: true });
  // Within the repository, so that the copy finds its packages.
  const folder = await mkdtemp(join(repository, 'build', 'mutant-'));
  try {
    for (const part of ['builtins', 'value']) {
      await cp(join(repository, 'webhook', 'policy', part), join(folder, part), { recursive: true });
    }
    const path = join(folder, 'builtins', mutant.file);
    const source = await readFile(path, 'utf8');
    if (source.split(mutant.from).length !== 2) throw new Error(`${mutant.file} does not have once: ${mutant.from}`);
    await writeFile(
      path,
      source.replace(mutant.from, () => mutant.to),
    );
    return await use(await answering(folder, mutant.family));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function answering(folder: string, family: string): Promise<Answering> {
  const load = async (file: string): Promise<unknown> => await import(pathToFileURL(join(folder, file)).href);
  const { [family]: builtins } = (await load(`builtins/${family}.ts`)) as Record<string, Record<string, Builtin>>;
  const text = (await load('value/text.ts')) as { readTerm: typeof readTerm; writeTerm: typeof writeTerm };
  return ({ name, args }) => {
    try {
      const result = builtins![name]!(
        args.map((arg) => text.readTerm(writeTerm(arg))),
        fixedContext(),
      );
      return result === undefined ? undefined : readTerm(text.writeTerm(result));
    } catch {
      // A mutant may do anything: what it throws is no answer.
      return undefined;
    }
  };
}
