import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegoFile, RegoProblem } from '../types.ts';
import { runOpa } from './child.ts';
import type { Ended, Tools } from './child.ts';
import type { CompileLimits } from './types.ts';

/** A folder that holds one job's files and nothing else. OPA is run in it, so that it names them as their author does. */
export interface Workbench {
  run(...words: readonly string[]): Promise<Ended>;
  /** What OPA wrote to `bundlePath`; undefined when it did not. */
  bundle(): Promise<Uint8Array | undefined>;
}

/** Beside the files' folder, so that OPA does not load what it wrote before. */
export const bundlePath = '../bundle.tar.gz';

export interface WorkbenchOptions {
  /** An emptyDir, or another folder that nobody else writes to. */
  readonly folder: string;
  readonly tools: Tools;
  readonly limits: CompileLimits;
}

/** Writes the files into a new folder, does the work there, and takes the folder away again. */
export async function withWorkbench<T>(
  files: readonly RegoFile[],
  { folder, tools, limits }: WorkbenchOptions,
  signal: AbortSignal,
  work: (bench: Workbench) => Promise<T>,
): Promise<T> {
  const place = await mkdtemp(join(folder, jobPrefix));
  try {
    const sources = join(place, 'rego');
    await mkdir(sources);
    await Promise.all(files.map(async ({ name, text }) => await writeFile(join(sources, name), text)));
    return await work({
      run: async (...words) => await runOpa(words, sources, tools, limits, signal),
      bundle: async () => await readFile(join(sources, bundlePath)).catch(() => undefined),
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** What stands in a job's folder's name; folders that a killed process left behind are known by it. */
export const jobPrefix = 'job-';

/** Names that may be written as files: those that Kubernetes takes as keys of a ConfigMap (validation.IsConfigMapKey). */
const fileName = /^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/;

/** The first file whose name could reach out of the folder, or hides from OPA. */
export function unwritable(files: readonly RegoFile[]): RegoProblem | undefined {
  const bad = files.find(({ name }, at) => !isWritable(name) || files.findIndex((file) => file.name === name) !== at);
  if (bad === undefined) return undefined;
  const message = `a file's name ends in .rego, stands once, and has letters, digits, -, _ and . alone`;
  return { code: 'InvalidRego', file: bad.name.slice(0, 100), line: 0, column: 0, message, source: '' };
}

function isWritable(name: string): boolean {
  return fileName.test(name) && name.endsWith('.rego');
}
